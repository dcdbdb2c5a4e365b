import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeCluster } from "../support/fakeServer.ts";
import type { FakeWorkStream } from "../support/fakeWorkStream.ts";
import { until } from "../support/until.ts";
import { run } from "./fakeIo.ts";

let dir: string;
let fake: FakeCluster;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "conclave-work-stops-"));
  fake = await FakeCluster.start(1);
});
afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs a program that does not end by itself, does `then` while it runs, and stops; resolves with what was said. */
async function saidOf(
  drain: string,
  then: (stream: FakeWorkStream, claim: { readonly id: string; readonly fencingToken: number }) => void,
): Promise<string> {
  const runs = join(dir, "runs");
  const program = ["--", "sh", "-c", `: > ${runs}; exec sleep 600`];
  const worker = run(["work", "q", "--drain", drain, "--endpoints", fake.endpoints.join(","), ...program]);
  const [node] = fake.nodes;
  await until("the worker asks for jobs", () => node?.workStreams.some(({ credits }) => credits > 0));
  const stream = node?.workStream as FakeWorkStream;
  const claim = stream.hand({ id: "a" });
  await until("the program runs", () => existsSync(runs));
  then(stream, claim);
  process.emit("SIGTERM");
  return (await worker).stderr;
}

test("a job that is given back at the end of the drain is said to be, not to have failed", async () => {
  const said = await saidOf("0", () => undefined);
  expect(said).toMatch(/^job a attempt 1\/\d+ given back after .*: the program was stopped \(SIGTERM\)$/m);
  expect(fake.state.ended.get("a")?.act.release).toBeTruthy();
});

test("an attempt that a timeout ended is said to have ended after its claim", async () => {
  const said = await saidOf("30s", (stream, claim) => {
    stream.say({ claimsEnded: { claims: [{ ...claim, end: "ATTEMPT_END_TIMED_OUT" }] } });
  });
  expect(said).toMatch(/^job a: LEASE_LOST: job a was taken back: a timeout of the job ended it$/m);
  expect(said).toMatch(/^job a attempt 1\/\d+ failed in .* \(SIGTERM\), after its claim was over$/m);
});
