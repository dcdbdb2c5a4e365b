import { expect, test } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import type { BackoffOptions, Duty, DutyContext } from "../../src/duties/types.ts";
import { dutiesHarness } from "./harness.ts";

/** A duty that goes on until its signal aborts, and what it was told. */
function untilAborted(): { readonly duty: Duty; readonly runs: DutyContext[]; readonly ends: number[] } {
  const runs: DutyContext[] = [];
  const ends: number[] = [];
  const duty: Duty = (context) => {
    runs.push(context);
    return new Promise((resolve) => {
      context.signal.addEventListener("abort", () => {
        ends.push(context.term);
        resolve();
      });
    });
  };
  return { duty, runs, ends };
}

test("a duty runs on the leader only, under its term, and is told in the very step that ends it", async () => {
  const { duties, elect, office, leading, settle, counts } = dutiesHarness();
  const { duty, runs, ends } = untilAborted();
  const given = duties.whileLeader(duty, { name: "poll" });
  await elect(null);
  expect(runs).toEqual([]);
  expect(given.running).toBe(false);

  await elect(3);
  expect(runs).toMatchObject([{ name: "poll", nodeId: "n1", term: 3 }]);
  expect(given.running).toBe(true);
  expect(ends).toEqual([]);

  office.term = null;
  leading.look();
  expect(ends).toEqual([3]);
  expect(runs[0]?.signal.reason).toMatchObject({ code: "NOT_LEADER" });
  await settle();
  expect(given.running).toBe(false);
  await elect(5);
  expect(runs.map(({ term }) => term)).toEqual([3, 5]);
  expect(counts).toEqual(["poll known", "poll began", "poll ended", "poll began"]);
});

test("its end is awaited before it is run again on the same node", async () => {
  const { duties, elect, pass, logger } = dutiesHarness();
  const begun: number[] = [];
  let end: () => void = () => undefined;
  duties.whileLeader(({ term }) => {
    begun.push(term);
    return new Promise((resolve) => {
      end = resolve;
    });
  });
  await elect(1);
  await elect(null);
  await elect(4);
  await pass(6_000);
  expect(begun).toEqual([1]);
  const told = logger.lines.filter(({ message }) => message.includes("goes on although"));
  expect(told).toMatchObject([{ level: "warn", fields: { duty: "duty-1", term: 1 } }]);
  end();
  await pass(40);
  expect(begun).toEqual([1, 4]);
});

test("a duty that throws is run again after growing, jittered waits, counted anew in a new term", async () => {
  const { duties, elect, pass, runtime, random, logger, counts } = dutiesHarness();
  const at: number[] = [];
  const failing: Duty = () => {
    at.push(runtime.monotonicMs());
    return Promise.reject(new Error("no such table"));
  };
  duties.whileLeader(failing, { backoff: { initial: "1s", multiplier: 2, max: "4s" } });
  random.draw = 0;
  await elect(1);
  await pass(20_000);
  const waits = (times: readonly number[]): number[] =>
    times.slice(1).map((time, i) => time - (times[i] ?? 0));
  expect(waits(at).slice(0, 4)).toEqual([1_000, 2_000, 4_000, 4_000]);
  expect(counts.filter((line) => line === "duty-1 failed")).toHaveLength(at.length);
  expect(logger.lines.find(({ level }) => level === "error")?.fields).toMatchObject({
    duty: "duty-1",
    term: 1,
    failures: 1,
    delayMs: 1_000,
  });

  // The most that jitter takes is half.
  random.draw = 0.99;
  await elect(null);
  at.length = 0;
  await elect(2);
  await pass(7_000);
  expect(waits(at).slice(0, 3)).toEqual([520, 1_020, 2_020]);
});

test("what a duty throws once it may not go on is no failure, and no wait for the next term", async () => {
  const { duties, elect, counts } = dutiesHarness();
  const runs: number[] = [];
  duties.whileLeader(async ({ term, sleep }) => {
    runs.push(term);
    await sleep("1h");
  });
  await elect(1);
  await elect(null);
  await elect(2);
  expect(runs).toEqual([1, 2]);
  expect(counts).not.toContain("duty-1 failed");
});

test("a duty that returns has done its work for this leadership", async () => {
  const { duties, elect, pass } = dutiesHarness();
  const runs: number[] = [];
  duties.whileLeader(({ term }) => {
    runs.push(term);
    return Promise.resolve();
  });
  await elect(1);
  await pass(200);
  await elect(null);
  await elect(2);
  await pass(200);
  expect(runs).toEqual([1, 2]);
});

test("after a hand-over that failed it is run again in the same term", async () => {
  const { duties, elect } = dutiesHarness();
  const { duty, runs } = untilAborted();
  duties.whileLeader(duty);
  await elect(1);
  await elect(null);
  await elect(1);
  expect(runs.map(({ term }) => term)).toEqual([1, 1]);
});

test("whoever asks the signal after a pause finds it aborted, though nothing of ours has run yet", async () => {
  const { duties, elect, office, runtime, proposals } = dutiesHarness();
  const { duty, runs, ends } = untilAborted();
  duties.whileLeader(duty);
  await elect(1);
  const [run] = runs;
  office.leaseUntil = runtime.monotonicMs() + 1_000;
  runtime.sleep(5_000);
  expect(run?.signal.aborted).toBe(true);
  expect(ends).toEqual([1]);
  expect(() => run?.signal.throwIfAborted()).toThrow("leads no more");
  await expect(run?.enqueue([{ queue: "q", data: 1 }])).rejects.toMatchObject({ code: "NOT_LEADER" });
  await expect(run?.sleep(1)).rejects.toMatchObject({ code: "NOT_LEADER" });
  expect(proposals.count).toBe(0);
});

test("a sleep that is over when the process wakes from a pause is rejected, not ended", async () => {
  const { duties, elect, office, runtime, settle } = dutiesHarness();
  const told: string[] = [];
  duties.whileLeader(async ({ sleep }) => {
    await sleep("2s").then(
      () => told.push("woken"),
      () => told.push("refused"),
    );
  });
  await elect(1);
  office.leaseUntil = runtime.monotonicMs() + 1_000;
  runtime.sleep(5_000);
  runtime.advance(20);
  await settle();
  expect(told).toEqual(["refused"]);
});

test("a signal works where signals are handed on", async () => {
  const { duties, elect } = dutiesHarness();
  const { duty, runs } = untilAborted();
  duties.whileLeader(duty);
  await elect(1);
  const [run] = runs;
  const either = AbortSignal.any([run?.signal ?? AbortSignal.abort(), new AbortController().signal]);
  expect(either.aborted).toBe(false);
  await elect(null);
  expect(either.aborted).toBe(true);
  await expect(fetch("http://127.0.0.1:1", { signal: run?.signal ?? null })).rejects.toMatchObject({
    code: "NOT_LEADER",
  });
});

test("jobs of a duty get ids, and come back in order", async () => {
  const { duties, elect, jobs } = dutiesHarness();
  const answers: unknown[] = [];
  duties.whileLeader(async ({ enqueue }) => {
    answers.push(await enqueue([{ queue: "q", data: { a: 1 }, id: "x" }]));
    answers.push(await enqueue([{ queue: "q", data: { a: 1 }, id: "x" }]));
  });
  await elect(1);
  expect(answers).toEqual([
    [{ id: "x", existing: false, error: undefined }],
    [{ id: "x", existing: true, error: undefined }],
  ]);
  expect(Buffer.from(jobs.get("x")?.payload ?? "").toString()).toBe('{"a":1}');
});

test("a duty can be taken back: its end is awaited and its name is free again", async () => {
  const { duties, elect } = dutiesHarness();
  const { duty, runs, ends } = untilAborted();
  await elect(1);
  {
    await using given = duties.whileLeader(duty, { name: "once" });
    await elect(1);
    expect(given.running).toBe(true);
    expect(() => duties.whileLeader(duty, { name: "once" })).toThrow("a duty named once already");
  }
  expect(ends).toEqual([1]);
  expect(runs[0]?.signal.reason).toMatchObject({ code: "ABORTED" });
  await elect(2);
  expect(runs).toHaveLength(1);
  duties.whileLeader(duty, { name: "once" });
  await elect(2);
  expect(runs).toHaveLength(2);
});

test("a node that stops ends all duties first, and waits for them; not for ever", async () => {
  const { duties, elect, logger } = dutiesHarness();
  const orderly = untilAborted();
  duties.whileLeader(orderly.duty);
  duties.whileLeader(() => new Promise(() => undefined), { name: "deaf" });
  await elect(1);
  await duties.close(10);
  expect(orderly.runs[0]?.signal.reason).toMatchObject({ code: "SHUTTING_DOWN" });
  expect(logger.lines.at(-1)).toMatchObject({ level: "error", fields: { duties: ["deaf"] } });
  await elect(2);
  expect(orderly.runs).toHaveLength(1);
  expect(() => duties.whileLeader(orderly.duty)).toThrow(ConclaveError);
});

test("a name that would garble a metric is refused", () => {
  const { duties } = dutiesHarness();
  expect(() => duties.whileLeader(() => Promise.resolve(), { name: "a b" })).toThrow(
    'name: "a b" is not 1 to 64 characters',
  );
});

test.each<readonly [string, unknown, string]>([
  ["a multiplier that is none", { multiplier: Number.NaN }, "backoff.multiplier: NaN is not a number from 1"],
  [
    "a multiplier without end",
    { multiplier: Number.POSITIVE_INFINITY },
    "backoff.multiplier: Infinity is not",
  ],
  ["one that shrinks", { multiplier: 0.5 }, "backoff.multiplier: 0.5 is not"],
  ["no wait", { initial: 0 }, "backoff.initial: 0 is not a duration from 1 ms"],
  ["a wait that is none", { initial: Number.NaN }, "backoff.initial: NaN is no duration"],
  ["a wait for ever", { max: Number.POSITIVE_INFINITY }, "backoff.max: Infinity is no duration"],
  ["a longest wait below the first", { initial: "5s", max: "1s" }, 'backoff.max: "1s" is not at least'],
  ["a misspelt field", { inital: "5s" }, 'backoff: "inital" is not one of initial, multiplier, max'],
  ["no options", "5s", 'backoff: "5s" is not an object'],
])("a backoff with %s is refused: the duty could fail without a pause", (_what, backoff, message) => {
  const { duties } = dutiesHarness();
  const given = { name: "sweep", backoff: backoff as BackoffOptions };
  const refused = () => duties.whileLeader(() => Promise.resolve(), given);
  expect(refused).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  expect(refused).toThrow(message);
  // The name is free still.
  duties.whileLeader(() => Promise.resolve(), { name: "sweep", backoff: { initial: "2m", multiplier: 1.5 } });
});
