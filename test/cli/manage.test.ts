import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { type Harness, start as startApi } from "../api/harness.ts";
import { run } from "./fakeIo.ts";

let api: Harness;
beforeEach(async () => {
  api = await startApi();
  api.node.view = { leaderAddress: api.address, members: [] };
});
afterEach(() => api[Symbol.asyncDispose]());

const cli = (...args: string[]) => run([...args, "--endpoints", api.address, "--timeout", "5s"]);
const json = async (...args: string[]) => {
  const { stdout, stderr, code } = await cli(...args, "-o", "json");
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return JSON.parse(stdout) as Record<string, unknown>;
};
const enqueue = (id: string, ...flags: string[]) => json("job", "enqueue", "mail", "1", "--id", id, ...flags);

test("queue purge forgets what does not run; a dry run only counts", async () => {
  await enqueue("a");
  await enqueue("b", "--delay", "1h");
  expect(await json("queue", "purge", "mail", "--dry-run")).toMatchObject({
    dryRun: true,
    matched: 2,
    done: 2,
  });
  expect((await cli("queue", "purge", "mail")).stdout).toContain("purge: 2 of 2 done");
  expect(api.node.state.jobCount).toBe(0);
  expect((await cli("queue", "purge", "bad name")).code).toBe(2);
});

describe("job enqueue", () => {
  test("takes every option, and get shows them", async () => {
    const flags = [
      ["--agent", "agent-7"],
      ["--key", "tenant-1"],
      ["--tag", "eu"],
      ["--tag", "nightly"],
      ["--retention", "2h"],
      ["--dead-retention", "3d"],
      ["--backoff", "list"],
      ["--delays", "1s,1m"],
      ["--jitter", "decorrelated"],
      ["--max-attempts", "7"],
      ["--dedup-key", "a.png"],
      ["--dedup-mode", "reject"],
      ["--dedup-window", "1h"],
      ["--queue-timeout", "1m"],
      ["--attempt-timeout", "30s"],
      ["--total-timeout", "1d"],
      ["--reject-when-open"],
    ];
    await enqueue("a", ...flags.flat());
    expect(api.node.state.job("a" as never)?.spec).toMatchObject({
      agent: "agent-7",
      key: "tenant-1",
      tags: ["eu", "nightly"],
      retentionMs: 7_200_000,
      deadRetentionMs: 259_200_000,
      retry: { backoff: "list", delaysMs: [1_000, 60_000], jitter: "decorrelated", maxAttempts: 7 },
      dedup: { key: "a.png", mode: "reject", windowMs: 3_600_000 },
      timeouts: { queueMs: 60_000, attemptMs: 30_000, totalMs: 86_400_000 },
      rejectWhenOpen: true,
    });
    const { stdout } = await cli("job", "get", "a");
    expect(stdout).toMatch(/^key +tenant-1$/m);
    expect(stdout).toMatch(/^tags +eu, nightly$/m);
    expect(stdout).toMatch(/^dedup key +a\.png \(reject\)$/m);
    expect(stdout).toMatch(/^timeouts +1m0s in queue, 30\.0s per attempt, 1d0h in all$/m);
    expect(await json("job", "get", "a")).toMatchObject({
      tags: ["eu", "nightly"],
      checkpoint: null,
      dependencies: [],
    });
  });

  test.each([
    [["--multiplier", "0.5"], "Give a number of at least 1."],
    [["--backoff", "list"], "--backoff list needs --delays"],
    [["--dedup-mode", "reject"], "--dedup-mode needs --dedup-key"],
    [["--dedup-mode", "drop"], "Allowed choices are return, reject, replace, force."],
    [["--on-failure", "run"], "--on-failure needs --wait-for"],
    [["--attempt-timeout", "0"], '--attempt-timeout: "0"'],
    [["--reject-when-open"], "--reject-when-open needs --agent"],
  ])("%j is refused with code 2", async (flags, message) => {
    const { code, stderr } = await cli("job", "enqueue", "mail", "1", ...flags);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe("jobs by hand", () => {
  beforeEach(async () => {
    await enqueue("a", "--tag", "x");
    await enqueue("b", "--tag", "x");
    await enqueue("c");
  });

  test("list by tag, state and time, page by page", async () => {
    const page = await json("job", "list", "--tag", "x", "--limit", "1");
    expect(page).toMatchObject({ jobs: [{ id: "a" }], more: true, after: "a" });
    const rest = await json("job", "list", "--tag", "x", "--after", "a");
    expect(rest).toMatchObject({ jobs: [{ id: "b" }], more: false, after: null });
    expect(await json("job", "list", "--state", "dead,cancelled")).toMatchObject({ jobs: [] });
    expect(await json("job", "list", "--before", "1000")).toMatchObject({ jobs: [] });
    expect((await cli("job", "list", "--state", "done")).stderr).toContain(
      "Allowed choices are waiting, scheduled",
    );
  });

  test("by ids: one answer each, and the exit code of the first that was refused", async () => {
    const { code, stdout } = await cli("job", "cancel", "a", "ghost", "--reason", "enough");
    expect(code).toBe(4);
    expect(stdout).toMatch(/^a +cancelled +-\nghost +- +NOT_FOUND: .*\ncancel: 1 of 2 done\n$/m);
    expect(api.node.state.job("a" as never)?.reason).toBe("enough");
  });

  test("by a filter: a dry run changes nothing", async () => {
    const dry = await json("job", "cancel", "--queue", "mail", "--tag", "x", "--dry-run");
    expect(dry).toMatchObject({ dryRun: true, matched: 2, done: 2, results: [{ id: "a" }, { id: "b" }] });
    expect(api.node.state.job("a" as never)?.state).toBe("ready");
    const { stdout } = await cli("job", "cancel", "--tag", "x", "--why", "late");
    expect(stdout).toContain("cancel: 2 of 2 done\n");
    expect(api.node.state.job("c" as never)?.state).toBe("ready");
  });

  test.each([
    [[], "name jobs by their ids, or give a filter"],
    [["a", "--queue", "mail"], "ids and a filter are both given"],
    [["--queue", "mail", "--state", "dead"], "cancel is for jobs that are waiting"],
    [["--queue", "mail", "--cursor", "x"], 'cursor is "x"'],
  ])("cancel %j is refused with code 2", async (args, message) => {
    const { code, stderr } = await cli("job", "cancel", ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe("queue", () => {
  test("is set, shown and listed", async () => {
    const limits = ["--max-running", "5", "--rate", "100/1s", "--rate-per-key", "1/50ms", "--fair"];
    const more = [
      "--weight",
      "a=3",
      "--weight",
      "b=2",
      "--ageing",
      "1m",
      "--breaker",
      "3/1s/1m",
      "--max-ended",
      "10",
    ];
    const { settings } = await json("queue", "set", "mail", ...limits, ...more);
    expect(settings).toMatchObject({
      maxRunning: 5,
      rate: { limit: 100, intervalMs: 1_000 },
      ratePerKey: { limit: 1, intervalMs: 50 },
      fair: true,
      weights: { a: 3, b: 2 },
      ageingMs: 60_000,
      breaker: { threshold: 3, initialOpenMs: 1_000, maxOpenMs: 60_000 },
      maxEnded: 10,
    });
    await enqueue("a");
    await json("queue", "pause", "mail", "--by", "ann", "--why", "provider down");
    const shown = (await cli("queue", "show", "mail")).stdout;
    expect(shown).toMatch(/^paused +since \S+ by ann: provider down$/m);
    expect(shown).toMatch(/^rate +100 in 1\.0s$/m);
    expect(shown).toMatch(/^ready +0 high, 1 normal, 0 low$/m);
    expect((await cli("queue", "list")).stdout).toMatch(/^mail +paused by ann +1 .*5 running, 100 in 1\.0s/m);
    expect(await json("queue", "set", "mail", "--rate", "off", "--no-fair")).toMatchObject({
      settings: { rate: null, fair: false },
    });
  });

  test("has breakers that never open, and says so", async () => {
    const { stdout } = await cli("queue", "set", "mail", "--breaker", "0/1s/1s");
    expect(stdout).toMatch(/^breaker +never open$/m);
  });

  test("has a retry policy for jobs that ask for none", async () => {
    const flags = ["--max-attempts", "3", "--backoff", "list", "--delays", "1s,1m", "--jitter", "none"];
    const { settings } = await json("queue", "set", "mail", ...flags);
    expect(settings).toMatchObject({ retry: { maxAttempts: 3, backoff: "list", delaysMs: [1_000, 60_000] } });
    expect((await cli("queue", "show", "mail")).stdout).toMatch(
      /^retry +3 attempts, list: 1\.0s, 1m0s, at most 1m0s, jitter none$/m,
    );
    const taken = await cli("queue", "set", "mail", "--default-retry");
    expect(taken.stdout).toMatch(/^retry +the default$/m);
    const both = await cli("queue", "set", "mail", "--default-retry", "--max-attempts", "2");
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be used with") });
  });

  test("is paused by whom it may concern, resumed, closed, opened", async () => {
    expect(await json("queue", "pause", "mail")).toMatchObject({
      settings: { paused: { by: expect.stringContaining("@") as string, why: "" } },
    });
    expect(await json("queue", "resume", "mail")).toMatchObject({ settings: { paused: null } });
    expect(await json("queue", "close", "mail")).toMatchObject({ settings: { closed: { why: "" } } });
    expect(await json("queue", "open", "mail")).toMatchObject({ settings: { closed: null } });
  });

  test("drain: an empty queue at once, a full one not within its time", async () => {
    expect(await json("queue", "drain", "empty")).toMatchObject({ counts: { running: 0 } });
    await enqueue("a");
    const { code, stderr } = await cli("queue", "drain", "mail", "--for", "10ms");
    expect(stderr).toContain("1 to do, 0 running");
    expect(code).toBe(7);
  });

  test.each([
    [["--rate", "fast"], "Give a count and a duration, such as 100/1s, or off."],
    [["--weight", "a"], "Give a key and its weight, such as tenant-1=3."],
    [["--breaker", "5"], "Give a count and two durations, such as 5/60s/1h."],
    [["--max-running", "-1"], "Give a whole number of at least 0."],
    [["--ageing", "60d"], '--ageing: "60d" is not at most 30 days'],
    [[], "no setting is named"],
  ])("set %j is refused with code 2", async (flags, message) => {
    const { code, stderr } = await cli("queue", "set", "mail", ...flags);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

test("breakers are listed; an agent without one is refused", async () => {
  expect(await json("breaker", "list")).toEqual({ breakers: [] });
  const { code, stderr } = await cli("breaker", "open", "", "--for", "1m");
  expect(stderr).toContain('agent: "" is not text of 1 to 128 characters');
  expect(code).toBe(2);
});

test("why tells what keeps a job from running", async () => {
  await enqueue("a");
  await enqueue("b");
  const { stdout } = await cli("job", "why", "b");
  expect(stdout).toMatch(/^BEHIND +- +0 jobs of higher priority stand before it, and 1 of its own/m);
  expect(stdout).toMatch(/^NO_WORKER +- +no worker serves queue mail$/m);
  expect(stdout).toContain("b is ready\n");
  expect(await json("job", "why", "a")).toMatchObject({ state: "ready", reasons: [{ code: "NO_WORKER" }] });
  expect(await cli("job", "why", "ghost")).toMatchObject({ code: 4, stdout: "" });
});

test("watch from an index that is not kept any more ends with code 8 and says where it could go on", async () => {
  for (let n = 0; n < 3; n++) await enqueue(`j${n}`);
  const next = api.node.events.nextIndex;
  api.node.events.restart(LogIndex(next - 1));
  const { code, stderr } = await cli("job", "watch", "--from", "1");
  expect(stderr).toContain(`EVENTS_GONE`);
  expect(stderr).toContain(`watch from ${next}`);
  expect(code).toBe(8);
  expect((await cli("job", "watch", "--type", "gone")).stderr).toContain(
    '--type: "gone" is none of enqueued, ready',
  );
});
