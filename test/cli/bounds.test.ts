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
  ["--max-running", "1000001", "--max-running is 1000001; it must be a whole number from 0 to 1000000"],
  ["--max-running-per-agent", "1e7", "--max-running-per-agent is 10000000"],
  ["--max-running-per-key", "1e7", "--max-running-per-key is 10000000"],
  ["--rate", "5", "such as 100/1s"],
  ["--rate", "-5/1s", "such as 100/1s"],
  ["--rate", "NaN/1s", "such as 100/1s"],
  ["--rate", "5/xyz", '--rate DURATION: "xyz" is no duration'],
  ["--rate", "5/-1s", '--rate DURATION: "-1s" is no duration'],
  ["--rate", "5/0s", "--rate DURATION is 0; it must be from 1ms to 1d"],
  ["--rate", "5/2d", "--rate DURATION is 2d; it must be"],
  ["--rate", "1000001/1s", "--rate COUNT is 1000001; it must be a whole number from 0 to 1000000"],
  ["--rate-per-key", `${"9".repeat(23)}/1s`, "--rate-per-key COUNT: 1e+23 is not a whole number"],
  ["--weight", "a=0", '--weight "a" is 0; it must be a whole number from 1 to 1000'],
  ["--weight", "a=1001", '--weight "a" is 1001'],
  ["--weight", "a=-1", "such as tenant-1=3"],
  ["--weight", "=5", "such as tenant-1=3"],
  ["--weight", `${long(129)}=5`, "has 129 characters; at most 128"],
  ["--ageing", "-5s", '--ageing: "-5s" is no duration'],
  ["--ageing", "60d", '--ageing: "60d" is not at most 30 days'],
  ["--breaker", "a/b/c", "such as 5/60s/1h"],
  ["--breaker", "5/0s/1s", "--breaker MIN is 0; it must be from 1ms to 30d"],
  ["--breaker", "5/10s/1s", "--breaker MIN is 10s, above --breaker MAX (1s)"],
  ["--breaker", "1001/1s/1s", "--breaker COUNT is 1001; it must be a whole number from 0 to 1000"],
  ["--breaker", "5/1s/90d", "--breaker MAX: 90d is not at most 30 days"],
  ["--max-ended", "100001", "--max-ended is 100001; it must be a whole number from 0 to 100000"],
  ["--max-ended-bytes", "99999999999999999", "Give a whole number"],
];

const others: readonly (readonly [readonly string[], string])[] = [
  [["queue", "set", "q"], "no setting is named: give at least one flag"],
  [["queue", "set", "bad name", "--fair"], 'queue: "bad name" is not 1 to 128 characters'],
  [["queue", "pause", "q", "--by", long(129)], "--by has 129 characters; at most 128"],
  [["queue", "close", "q", "--why", long(1025)], "--why has 1025 characters; at most 1024"],
  [["queue", "pause", "q", "--by", "a\nb"], "control characters are not allowed"],
  [["queue", "set", "q", "--fair", "--no-fair"], "give one of --fair and --no-fair"],
  [["job", "list", "--limit", "3", "--all"], "'--all' cannot be used with option '--limit"],
  [["job", "watch", "--type", "bogus"], '--type: "bogus" is none of enqueued'],
  [["job", "watch", "--job", "a b"], "--job is "],
  [["schedule", "put", "s s", "q", "--every", "5s"], '"s s" is not 1 to 100 characters of A-Z'],
  [["breaker", "open", "a", "--for", "0"], '--for: "0" is not at least 1 ms; leave it out'],
  [["breaker", "open", "a", "--for", "-1s"], '--for: "-1s" is no duration'],
  [["breaker", "open", "a", "--for", "20000d"], '--for: "20000d" is not at most 3650 days'],
  [["breaker", "reset", long(129)], "is not text of 1 to 128 characters"],
  [["breaker", "reset", ""], 'agent: "" is not text of 1 to 128 characters'],
  [["schedule", "put", "s", "q"], "give one of --cron and --every"],
  [["schedule", "put", "s", "q", "--cron", "* * * *"], "4 fields; write 5"],
  [["schedule", "put", "s", "q", "--cron", "0 0 30 2 *"], "schedule s would never be due"],
  [
    ["schedule", "put", "s", "q", "--cron", "* * * * *", "--time-zone", "Mars/Phobos"],
    '--time-zone is "Mars/Phobos"',
  ],
  [["schedule", "put", "s", "q", "--every", "0.5s"], "--every 0.5s: at least 1s"],
  [["schedule", "put", "s", "q", "--every", "0"], "--every 0: at least 1s"],
  [["schedule", "put", "s", "q", "--every", "5s", "--cron", "* * * * *"], "give one of --cron and --every"],
  [
    ["schedule", "put", "s", "q", "--every", "5s", "--lease", "0"],
    '--lease: "0" is not between 1 s and 24 h',
  ],
  [
    ["schedule", "put", "s", "q", "--every", "5s", "--start-at", "2030-01-02", "--end-at", "2030-01-01"],
    "--end-at is 2030-01-01T00:00:00.000Z, before --start-at (2030-01-02T00:00:00.000Z)",
  ],
  [["schedule", "put", "s", "q", "--every", "99999d"], '--every: "99999d" is not at most 3650 days'],
  [["schedule", "put", "s", "q", "--every", "5s", "--time-zone", "UTC"], "an interval has no time zone"],
  [
    ["schedule", "put", "s", "q", "--every", "5s", "--catch-up", "1s"],
    '--catch-up: "1s" is not at least 10000 ms',
  ],
  [
    ["schedule", "put", "s", "q", "--every", "5s", "--catch-up", "999d"],
    "--catch-up is 999d; it must be from 10s to 366d, or 0 for the default (1h)",
  ],
  [
    ["schedule", "put", "s", "q", "--every", "5s", "--jitter", "2d"],
    "--jitter is 2d; it must be from 0 to 1d",
  ],
  [["schedule", "put", "s", "q", "--every", "5s", "--start-at", "-3"], "Give an ISO time"],
  [
    ["schedule", "put", "s", "q", "--every", "5s", "--end-at", "2001-01-01"],
    "would never be due before its end",
  ],
  [
    ["schedule", "put", long(101), "q", "--every", "5s"],
    "the schedule's name has 101 characters; at most 100 are allowed",
  ],
  [
    ["job", "enqueue", "q", "--retention", "0"],
    '--retention: "0" is not at least 1 ms; leave it out for the default',
  ],
  [["job", "enqueue", "q", "--dead-retention", "0s"], "--dead-retention: "],
  [["job", "enqueue", "q", "--initial-backoff", "0"], "--initial-backoff: "],
  [["job", "enqueue", "q", "--max-backoff", "0"], "--max-backoff: "],
  [["job", "enqueue", "q", "--initial-backoff", "99d"], '--initial-backoff: "99d" is not at most 30 days'],
  [["job", "enqueue", "q", "--multiplier", "101"], "--multiplier: 101 is not a number from 1 to 100"],
  [["job", "enqueue", "q", "--run-at", "-5"], "Give an ISO time"],
  [["job", "enqueue", "q", "--delay", "4000d"], '--delay: "4000d" is not at most 3650 days'],
  [["job", "enqueue", "q", "--max-attempts", "1001"], "--max-attempts: 1001 is not a whole number"],
  [["job", "enqueue", "q", "--queue-timeout", "0"], '--queue-timeout: "0" is not'],
  [["job", "enqueue", "q", "--wait-for", "no id"], '--wait-for: "no id" is not 1 to 128 characters'],
  [["job", "enqueue", "q", "--tag", ""], '--tag: "" is not text of 1 to 64 characters'],
  [["job", "enqueue", "q", "--backoff", "list"], "--backoff list needs --delays"],
  [
    ["job", "enqueue", "q", "--backoff", "fixed", "--delays", "1s"],
    "--delays go with --backoff list, which they imply, and not with --backoff fixed",
  ],
  [["queue", "set", "q", "--backoff", "list"], "--backoff list needs --delays"],
  [["queue", "set", "q", "--backoff", "fixed", "--delays", "1s"], "--delays go with --backoff list"],
  [["queue", "set", "q", "--initial-backoff", "2m"], "is not within --max-backoff (60000 ms)"],
  [["job", "enqueue", "q", "--dedup-mode", "reject"], "--dedup-mode needs --dedup-key"],
  [["job", "enqueue", "q", "--dedup-window", "5s"], "--dedup-window needs --dedup-key"],
  [["job", "enqueue", "q", "--dedup-key", "k", "--dedup-window", "x"], '--dedup-window: "x" is no duration'],
  [["job", "enqueue", "q", "--reject-when-open"], "--reject-when-open needs --agent"],
  [["job", "enqueue", "q", "--on-failure", "run"], "--on-failure needs --wait-for"],
  [["job", "enqueue", "q", "--key", "a\tb"], '--key: "a\\tb" is not text without control characters'],
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
