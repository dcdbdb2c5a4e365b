import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestCluster } from "../../src/testing/index.ts";
import { recordingLogger } from "../support/silence.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(() => {
  process.off("unhandledRejection", note);
});

// Put it in: worker.ts: `#runHook` without its `catch` of the promise.
it("async hooks that reject are told of in the log, and end nothing", async () => {
  const logger = recordingLogger();
  await using cluster = await startTestCluster({ logger });
  const error = new Error("no such table");
  const failing = (() => Promise.reject(error)) as () => void;
  const connection = cluster.connect();
  connection.work("q", { onAcknowledged: failing, onHealth: failing, onError: failing }, () => 1);
  const job = await cluster.jobs.enqueue("q", 1);
  expect(await cluster.advanceUntil(job.result())).toBe(1);
  connection.sever();
  await cluster.advance("1m");
  const told = logger.lines.filter(({ level }) => level === "error");
  expect(new Set(told.map(({ message }) => message))).toEqual(
    new Set(["onHealth", "onAcknowledged", "onError"].map((name) => `the worker's ${name} hook threw`)),
  );
  expect(told.map(({ fields }) => fields)).toEqual(told.map(() => ({ err: error })));
  // They are told of once all microtasks are done.
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
