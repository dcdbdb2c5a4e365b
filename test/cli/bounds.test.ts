import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, start as startApi } from "../api/harness.ts";
import { run } from "./fakeIo.ts";

let api: Harness;
beforeAll(async () => {
  api = await startApi();
  api.node.view = { leaderAddress: api.address, members: [] };
});
afterAll(() => api[Symbol.asyncDispose]());

const long = (length: number) => "x".repeat(length);

/** Of a queue's settings: the flag and its value, and what the refusal says. */
const settings: readonly (readonly [string, string, string])[] = [
  ["--max-running", "-1", "Give a whole number of at least 0."],
  ["--max-running", "NaN", "Give a whole number"],
  ["--max-running", "1.5", "Give a whole number"],
  ["--max-running", "99999999999999999999", "Give a whole number"],
  ["--max-running", "1000001", "patch.max_running is 1000001; it must be a whole number from 0 to 1000000"],
  ["--max-running-per-agent", "1e7", "patch.max_running_per_agent is 10000000"],
  ["--max-running-per-key", "1e7", "patch.max_running_per_key is 10000000"],
  ["--rate", "5", "such as 100/1s"],
  ["--rate", "-5/1s", "such as 100/1s"],
  ["--rate", "NaN/1s", "such as 100/1s"],
  ["--rate", "5/xyz", 'rate.interval: "xyz" is no duration'],
  ["--rate", "5/-1s", 'rate.interval: "-1s" is no duration'],
  ["--rate", "5/0s", "patch.rate.interval_ms is 0; it must be a whole number from 1 to 86400000"],
  ["--rate", "5/2d", "patch.rate.interval_ms is 172800000"],
  ["--rate", "1000001/1s", "patch.rate.limit is 1000001; it must be a whole number from 0 to 1000000"],
  ["--rate-per-key", `${"9".repeat(23)}/1s`, "ratePerKey.limit: 1e+23 is not a whole number"],
  ["--weight", "a=0", 'patch.weights.by_key["a"] is 0; it must be a whole number from 1 to 1000'],
  ["--weight", "a=1001", 'patch.weights.by_key["a"] is 1001'],
  ["--weight", "a=-1", "such as tenant-1=3"],
  ["--weight", "=5", "such as tenant-1=3"],
  ["--weight", `${long(129)}=5`, "has 129 characters; at most 128"],
  ["--ageing", "-5s", 'ageing: "-5s" is no duration'],
  ["--ageing", "60d", "patch.ageing_ms is 5184000000; it must be a whole number from 0 to 2592000000"],
  ["--breaker", "a/b/c", "such as 5/60s/1h"],
  ["--breaker", "5/0s/1s", "patch.breaker.initial_open_ms is 0"],
  ["--breaker", "5/10s/1s", "patch.breaker.initial_open_ms is 10000, above patch.breaker.max_open_ms (1000)"],
  ["--breaker", "1001/1s/1s", "patch.breaker.threshold is 1001; it must be a whole number from 0 to 1000"],
  ["--breaker", "5/1s/90d", "patch.breaker.max_open_ms is 7776000000"],
  ["--max-ended", "100001", "patch.max_ended is 100001; it must be a whole number from 0 to 100000"],
  ["--max-ended-bytes", "99999999999999999", "Give a whole number"],
];

const others: readonly (readonly [readonly string[], string])[] = [
  [["queue", "set", "q"], "patch names no setting: set at least one"],
  [["queue", "set", "bad name", "--fair"], 'queue: "bad name" is not 1 to 128 characters'],
  [["queue", "pause", "q", "--by", long(129)], "patch.paused.by has 129 characters; at most 128"],
  [["queue", "close", "q", "--why", long(1025)], "patch.closed.why has 1025 characters; at most 1024"],
  [["queue", "pause", "q", "--by", "a\nb"], "control characters are not allowed"],
  [["breaker", "open", "a", "--for", "-1s"], 'for: "-1s" is no duration'],
  [["breaker", "open", "a", "--for", "20000d"], "open_ms is 1728000000000; it must be a whole number from 0"],
  [["breaker", "reset", long(129)], "is not text of 1 to 128 characters"],
  [["breaker", "reset", ""], 'agent: "" is not text of 1 to 128 characters'],
  [["schedule", "put", "s", "q"], "is not one of the two"],
  [["schedule", "put", "s", "q", "--cron", "* * * *"], "4 fields; write 5"],
  [["schedule", "put", "s", "q", "--cron", "0 0 30 2 *"], "schedule s would never be due"],
  [
    ["schedule", "put", "s", "q", "--cron", "* * * * *", "--time-zone", "Mars/Phobos"],
    'spec.time_zone is "Mars/Phobos"',
  ],
  [
    ["schedule", "put", "s", "q", "--every", "0.5s"],
    "spec.every_ms is 500; it must be a whole number from 1000",
  ],
  [["schedule", "put", "s", "q", "--every", "99999d"], "spec.every_ms is 8639913600000"],
  [["schedule", "put", "s", "q", "--every", "5s", "--time-zone", "UTC"], "an interval has no time zone"],
  [
    ["schedule", "put", "s", "q", "--every", "5s", "--catch-up", "1s"],
    'catchUp: "1s" is not at least 10000 ms',
  ],
  [["schedule", "put", "s", "q", "--every", "5s", "--catch-up", "999d"], "spec.catch_up_ms is 86313600000"],
  [["schedule", "put", "s", "q", "--every", "5s", "--jitter", "2d"], "spec.jitter_ms is 172800000"],
  [["schedule", "put", "s", "q", "--every", "5s", "--start-at", "-3"], "Give an ISO time"],
  [
    ["schedule", "put", "s", "q", "--every", "5s", "--end-at", "2001-01-01"],
    "would never be due before its end",
  ],
  [["schedule", "put", long(101), "q", "--every", "5s"], "at most 100 characters long"],
  [
    ["job", "enqueue", "q", "--retention", "0"],
    'retention: "0" is not at least 1 ms; leave it out for the default',
  ],
  [["job", "enqueue", "q", "--dead-retention", "0s"], "deadRetention"],
  [["job", "enqueue", "q", "--initial-backoff", "0"], "retry.initialBackoff"],
  [["job", "enqueue", "q", "--max-backoff", "0"], "retry.maxBackoff"],
  [["job", "enqueue", "q", "--initial-backoff", "99d"], "jobs[0].retry.initial_backoff_ms is 8553600000"],
  [["job", "enqueue", "q", "--multiplier", "101"], "jobs[0].retry.multiplier is 101"],
  [["job", "enqueue", "q", "--run-at", "-5"], "Give an ISO time"],
  [["job", "enqueue", "q", "--delay", "4000d"], "jobs[0].delay_ms is 345600000000"],
  [["job", "enqueue", "q", "--key", "a\tb"], "control characters are not allowed"],
];

const answered = async (...args: string[]) => {
  const { code, stderr } = await run([...args, "--endpoints", api.address, "--timeout", "5s"]);
  return { code, stderr, entries: api.node.state.appliedIndex };
};

describe("what is out of bounds is refused with the number, through the command line and the server", () => {
  test.each(settings)("queue set %s %s", async (flag, value, message) => {
    const refused = { code: 2, stderr: expect.stringContaining(message), entries: 0 };
    expect(await answered("queue", "set", "q", flag, value)).toEqual(refused);
  });

  test.each(others)("%j", async (args, message) => {
    const refused = { code: 2, stderr: expect.stringContaining(message), entries: 0 };
    expect(await answered(...args)).toEqual(refused);
  });
});
