import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { polling } from "./polling.ts";

// The bound of a call is a timer of its own, beside the node's clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a function that does not answer in time is told so, and the poll has failed", async () => {
  const { elect, counted, settle } = polling({
    timeout: "10s",
    poll: ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  await elect(1);
  vi.advanceTimersByTime(10_000);
  await settle();
  expect(counted.slice(1)).toEqual(["unreachable"]);
});

// Put it in: poller.ts: `#ask` waits for `call(request)` alone.
test("a function that never answers and heeds no signal fails its poll, and is not called again before it has ended", async () => {
  const { elect, pass, settle, script, ids, polls, jobs, counted, logger } = polling({ timeout: "10s" });
  let open: (items: readonly unknown[]) => void = () => undefined;
  script.answer = () =>
    new Promise((resolve) => {
      open = resolve;
    });
  await elect(1);
  vi.advanceTimersByTime(10_000);
  await settle();
  expect(counted.slice(1)).toEqual(["unreachable"]);
  await pass(100_000);
  expect(polls).toHaveLength(1);
  const told = logger.lines.filter(({ message }) => message === "a poll failed");
  expect(told[0]?.fields).toMatchObject({ why: "no answer within 10000 ms" });
  expect(told[1]?.fields).toMatchObject({ why: expect.stringMatching(/^the call before has not ended/) });
  expect(told.length).toBeGreaterThan(5);
  expect(counted.slice(1)).toEqual(told.map(() => "unreachable"));
  // Too late: nothing is made of it.
  open(ids(1));
  script.answer = () => ids(2);
  await pass(60_000);
  expect([...jobs.keys()]).toEqual(["s/2"]);
});

// Put it in: poller.ts: `run` without its `finally`.
test("nor in the next term of the same node", async () => {
  const { elect, pass, script, polls, counted, logger } = polling();
  let open: (items: readonly unknown[]) => void = () => undefined;
  script.answer = () =>
    new Promise((resolve) => {
      open = resolve;
    });
  await elect(1);
  await elect(null);
  expect(counted.slice(1)).toEqual(["aborted"]);
  await elect(2);
  await pass(20_000);
  expect(polls).toHaveLength(1);
  expect(logger.lines.at(-1)?.message).toContain("goes on although its signal was aborted");
  open([]);
  await pass(100);
  expect(polls.map(({ term }) => term)).toEqual([1, 2]);
});

test("an acknowledgement that never comes to an end: no poll begins beside it", async () => {
  const { elect, pass, settle, script, ids, polls, counted } = polling({
    ack: () => new Promise(() => undefined),
  });
  script.answer = () => ids(1);
  await elect(1);
  vi.advanceTimersByTime(10_000);
  await settle();
  expect(counted.slice(1)).toEqual(["1 enqueued", "notAcknowledged"]);
  await pass(5_000);
  expect(polls).toHaveLength(1);
  expect(counted).toContain("unreachable");
});
