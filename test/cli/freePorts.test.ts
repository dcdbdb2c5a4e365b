import { once } from "node:events";
import { createServer } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { blockSize, freePorts, isFree, lowest } from "../../src/cli/cluster/freePorts.ts";

// Put it in: freePorts.ts: begin with 10,000.
test("no port is drawn that fetch refuses, by which nodes are asked whether they are up", async () => {
  const refusal = await fetch("http://127.0.0.1:10080").then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.cause : error),
  );
  expect(refusal).toMatchObject({ message: "bad port" });
  expect(lowest).toBeGreaterThan(10_080);
  const ports = await freePorts(50);
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) expect(port).toBeGreaterThanOrEqual(lowest);
});

// Put it in: freePorts.ts: take from `next` only after the ports were asked whether they are free.
test("calls at once share none, and each gets consecutive ones, across the end of a block", async () => {
  const counts = [1, 3, 201, 2, blockSize - 1, 7];
  const drawn = await Promise.all(counts.map(freePorts));
  expect(new Set(drawn.flat()).size).toBe(counts.reduce((sum, count) => sum + count));
  for (const [at, ports] of drawn.entries()) {
    const first = ports[0] ?? 0;
    expect(ports).toEqual(Array.from({ length: counts[at] ?? 0 }, (_, further) => first + further));
  }
  await expect(freePorts(blockSize)).rejects.toThrow(`at most ${blockSize - 1}`);
});

test("one that somebody listens on is passed over", async () => {
  const [before = 0] = await freePorts(1);
  const server = createServer().listen(before + 2, "127.0.0.1");
  await once(server, "listening");
  expect(await isFree(before + 2)).toBe(false);
  const ports = await freePorts(4);
  expect(ports).not.toContain(before + 2);
  server.close();
  await once(server, "close");
});

// Put it in: freePorts.ts: close the server that holds a block.
test("who draws elsewhere at the same time draws from other blocks, and a block is free again after its holder", async () => {
  const module = JSON.stringify(new URL("../../dist/cli/cluster/freePorts.js", import.meta.url).href);
  // Each stays until it is terminated.
  const code = `import(${module}).then(async ({ freePorts }) => {
    const { parentPort } = require("node:worker_threads");
    parentPort.postMessage((await freePorts(1))[0]);
    parentPort.on("message", () => undefined);
  })`;
  const blockOf = (port: number): number => Math.floor((port - lowest) / blockSize);
  const workers = Array.from({ length: 12 }, () => new Worker(code, { eval: true }));
  const drawn = Promise.all(workers.map((worker) => once(worker, "message") as Promise<[number]>));
  const [own = 0] = await freePorts(1);
  const others = (await drawn).map(([port]) => port);
  expect(new Set([own, ...others].map(blockOf)).size).toBe(1 + workers.length);
  await Promise.all(workers.map((worker) => worker.terminate()));
  for (const port of others) expect(await isFree(lowest + blockOf(port) * blockSize)).toBe(true);
});
