import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FakeCluster } from "../support/fakeServer.ts";

const sdk = new URL("../../dist/client/index.js", import.meta.url).href;

/** A user's program: does a bit of everything, closes, and does not call process.exit. */
const program = `
  import { connect } from ${JSON.stringify(sdk)};
  const [endpoints, dead] = process.argv.slice(1);
  const cluster = await connect(endpoints);
  await connect(dead, { timeout: 200 }).catch((error) => console.log(error.code));
  let worker;
  const done = new Promise((resolve) => {
    worker = cluster.work("q", { concurrency: 2 }, (job) => { resolve(); return job.data; });
  });
  await cluster.jobs.enqueue("q", 1);
  await done;
  await cluster.status();
  await cluster.jobs.stats();
  const abandoned = cluster.jobs.enqueue("q", 2, { timeout: "1h" }).catch((error) => error.code);
  await cluster.close();
  await abandoned;
  await worker.stop();
  console.log("closed");
`;

let fake: FakeCluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
});
afterEach(() => fake[Symbol.asyncDispose]());

it("a program ends by itself once its cluster handle is closed", async () => {
  fake.feeding = true;
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const args = ["--input-type=module", "-e", program, fake.endpoints.join(","), "127.0.0.1:1"];
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let closedAt = Number.NaN;
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes("closed")) closedAt = performance.now();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const guard = setTimeout(() => child.kill(), 30_000);
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  clearTimeout(guard);
  expect({ code, signal, output }).toEqual({ code: 0, signal: null, output: "UNAVAILABLE\nclosed\n" });
  // No timer of ours holds it: not the hour of the abandoned call, a keepalive, or the drain of a worker that is closed.
  expect(performance.now() - closedAt).toBeLessThan(2_000);
});
