import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect, type Managed, type QueueChange } from "../../src/client/index.ts";
import { type Harness, start as startApi } from "../api/harness.ts";
import { failureOf } from "../support/failure.ts";
import { TcpProxy } from "../support/tcpProxy.ts";

let api: Harness;
let cluster: Cluster;
beforeEach(async () => {
  api = await startApi();
  // The one node of these tests: what it says of the others leads nowhere.
  api.node.view = { leaderAddress: api.address, members: [] };
  cluster = await connect(api.address);
});
afterEach(async () => {
  await cluster.close({ drain: 0 });
  await api[Symbol.asyncDispose]();
});

describe("queues", () => {
  it("are set, and say so with what was not touched as it was", async () => {
    await cluster.queues.set("mail", { maxRunning: 5, rate: { limit: 100, interval: "1s" }, ageing: "1m" });
    const settings = await cluster.queues.set("mail", {
      fair: true,
      weights: { a: 3 },
      ratePerKey: { limit: 1, interval: 50 },
      breaker: { threshold: 3, initialOpen: "1s", maxOpen: "1m" },
    });
    expect(settings).toEqual({
      queue: "mail",
      paused: undefined,
      closed: undefined,
      maxRunning: 5,
      maxRunningPerAgent: 0,
      maxRunningPerKey: 0,
      rate: { limit: 100, intervalMs: 1_000 },
      ratePerKey: { limit: 1, intervalMs: 50 },
      fair: true,
      weights: { a: 3 },
      ageingMs: 60_000,
      breaker: { threshold: 3, initialOpenMs: 1_000, maxOpenMs: 60_000 },
      maxEnded: 0,
      maxEndedBytes: 0,
      retry: undefined,
    });
    expect((await cluster.queues.set("mail", { rate: null })).rate).toBeUndefined();
  });

  it("have a retry policy for jobs that ask for none, always as a whole", async () => {
    const policy = { maxAttempts: 3, backoff: "linear", initialBackoff: "10s", jitter: "none" } as const;
    const { retry } = await cluster.queues.set("mail", { retry: policy });
    const linear = { backoff: "linear", delaysMs: [], initialBackoffMs: 10_000, multiplier: 2 } as const;
    expect(retry).toEqual({ maxAttempts: 3, ...linear, maxBackoffMs: 60_000, jitter: "none" });
    const queue = cluster.queue("mail");
    const asking = await queue.enqueue(1, { retry: { maxAttempts: 2 } });
    const silent = await queue.enqueue(2);
    const { maxAttempts, retry: backoff } = await cluster.jobs.get(silent.id);
    expect({ maxAttempts, ...backoff }).toEqual(retry);
    expect(await cluster.jobs.get(asking.id)).toMatchObject({
      maxAttempts: 2,
      retry: { backoff: "exponential" },
    });
    const replaced = await cluster.queues.set("mail", { retry: { delays: ["1s", "5m"] } });
    expect(replaced.retry).toMatchObject({ maxAttempts: 5, backoff: "list", delaysMs: [1_000, 300_000] });
    expect((await cluster.queues.set("mail", { retry: null })).retry).toBeUndefined();
    const after = await queue.enqueue(3);
    expect(await cluster.jobs.get(after.id)).toMatchObject({ maxAttempts: 5 });
    const failed = await failureOf(cluster.queues.set("mail", { retry: { maxAttempts: 0 } }));
    expect(failed).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("are paused and resumed, closed and opened, by whom and why", async () => {
    const paused = await cluster.queues.pause("mail", { by: "ann", why: "provider down" });
    expect(paused.paused).toMatchObject({ by: "ann", why: "provider down" });
    await cluster.queues.close("mail", { by: "bob" });
    const { settings } = await cluster.queues.get("mail");
    expect([settings.paused?.by, settings.closed?.by]).toEqual(["ann", "bob"]);
    expect((await cluster.queues.resume("mail")).paused).toBeUndefined();
    expect((await cluster.queues.open("mail")).closed).toBeUndefined();
  });

  it("are listed with their counts", async () => {
    await cluster.jobs.enqueue("b", 1);
    await cluster.queues.pause("a");
    const all = await cluster.queues.list();
    expect(all.map(({ settings, counts }) => [settings.queue, counts.ready.normal])).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
  });

  it("drain: closed at once, and done when nothing waits or runs", async () => {
    const { id } = await cluster.jobs.enqueue("mail", 1);
    const seen: number[] = [];
    const drained = cluster.queues.drain("mail", {
      onProgress: ({ ready }) => {
        seen.push(ready.normal);
        void cluster.jobs.cancel(id);
      },
    });
    const overview = await drained;
    expect(seen[0]).toBe(1);
    expect(overview.counts.cancelled).toBe(1);
    expect(overview.settings.closed).toBeDefined();
  });

  it("a drain that takes too long says so, and the queue stays closed", async () => {
    await cluster.jobs.enqueue("mail", 1);
    const error = await failureOf(cluster.queues.drain("mail", { timeout: 10 }));
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(error.message).toMatch(
      /queue mail is not empty after 10 ms: 1 to do, 0 running\. It stays closed/,
    );
    expect((await cluster.queues.get("mail")).settings.closed).toBeDefined();
  });

  it("a bad setting is refused with the node's reason", async () => {
    const refused = async (change: QueueChange) => {
      const error = await failureOf(cluster.queues.set("mail", change));
      expect(error.code).toBe("INVALID_ARGUMENT");
      return error.message;
    };
    expect(await refused({ maxRunning: -1 })).toContain("maxRunning: -1 is not a whole number from 0");
    expect(await refused({ rate: { limit: 1.5, interval: 1 } })).toContain("rate.limit: 1.5");
    expect(await refused({ weights: { a: -3 } })).toContain("weights.a: -3");
    expect(await refused({ maxRunning: 1_000_001 })).toContain("patch.max_running is 1000001");
    expect(await refused({})).toMatch(
      /^change names no setting: give at least one of maxRunning, .*, retry$/,
    );
    expect(await refused({ fair: undefined })).toContain("change names no setting");
    const misspelt = { fair: true, maxRuning: 2 };
    expect(await refused(misspelt)).toMatch(
      /^change: "maxRuning" is not a setting of a queue; there are maxRunning/,
    );
    expect(await refused(null as never)).toBe("change: null is not an object of settings");
  });
});

describe("jobs by hand", () => {
  const ids = Array.from({ length: 1_500 }, (_, n) => `j${n}`);
  beforeEach(async () => {
    await cluster.jobs.enqueueMany(ids.map((id) => ({ queue: "q", data: 1, id, tags: ["t"] })));
  });

  it("by their ids: one answer each, however many", async () => {
    const { matched, done, jobs, cursor } = await cluster.jobs.cancelAll([...ids, "ghost"], {
      why: "enough",
    });
    expect({ matched, done, cursor }).toEqual({ matched: 1_501, done: 1_500, cursor: undefined });
    expect(jobs).toHaveLength(1_501);
    expect(jobs[0]).toEqual({ id: "j0", state: "cancelled", error: undefined });
    expect(jobs[1_500]).toMatchObject({ id: "ghost", state: undefined, error: { code: "NOT_FOUND" } });
    expect((await cluster.jobs.get("j7")).reason).toBe("enough");
  });

  it("by a filter, slice by slice; a dry run changes nothing; a cursor goes on where it was", async () => {
    const filter = { queue: "q", tag: "t", state: ["ready", "scheduled"] as const };
    const told: number[] = [];
    const dry = await cluster.jobs.cancelAll(filter, {
      dryRun: true,
      onProgress: ({ done }) => told.push(done),
    });
    expect({ matched: dry.matched, done: dry.done, told }).toEqual({
      matched: 1_500,
      done: 1_500,
      told: [1_000, 1_500],
    });
    expect((await cluster.jobs.stats()).queues[0]?.ready.normal).toBe(1_500);
    const cursors: (string | undefined)[] = [];
    await cluster.jobs.cancelAll(filter, { dryRun: true, onProgress: ({ cursor }) => cursors.push(cursor) });
    const rest = await cluster.jobs.cancelAll(filter, { cursor: cursors[0] });
    expect(rest.done).toBe(500);
    expect((await cluster.jobs.get("j999")).state).toBe("ready");
    expect((await cluster.jobs.get("j1000")).state).toBe("cancelled");
  });

  it("an empty filter is no filter", async () => {
    expect((await failureOf(Promise.resolve().then(() => cluster.jobs.delete({})))).message).toContain(
      "every job",
    );
  });
});

describe("sent again after a lost answer", () => {
  let wire: TcpProxy;
  let remote: Cluster;
  let sent = 0;
  beforeEach(async () => {
    sent = 0;
    wire = await TcpProxy.listen(api.address);
    api.node.view = { leaderAddress: wire.address, members: [] };
    remote = await connect(wire.address);
  });
  afterEach(async () => {
    await remote.close({ drain: 0 });
    await wire.close();
  });

  /** The first command takes effect, and its answer does not get through. */
  function loseTheFirstAnswer(): void {
    const { node } = api;
    const manage = node.manage.bind(node);
    node.manage = async (command) => {
      const results = await manage(command);
      if (sent++ === 0) wire.cut();
      return results;
    };
  }

  const codes = ({ jobs }: Managed) => jobs.map(({ error }) => error?.code);

  it("what was to be deleted and is gone counts as done; one that runs is refused as ever", async () => {
    for (const id of ["busy", "a", "b"]) await remote.jobs.enqueue("q", 1, { id });
    await remote.claim("q", { slots: 1, wait: 0 });
    loseTheFirstAnswer();
    const managed = await remote.jobs.delete(["a", "busy", "b"]);
    expect(sent).toBe(2);
    expect({ ...managed, jobs: codes(managed) }).toMatchObject({
      matched: 3,
      done: 2,
      jobs: [undefined, "WRONG_STATE", undefined],
    });
  });

  it("what may have been made ready or begun anew by the earlier try is of unknown outcome", async () => {
    await remote.jobs.enqueue("q", 1, { id: "later", delay: "1h" });
    loseTheFirstAnswer();
    const ran = await remote.jobs.runNow("later");
    expect([ran.done, codes(ran)]).toEqual([0, ["OUTCOME_UNKNOWN"]]);
    expect(ran.jobs[0]?.error?.message).toContain("job later is ready");
    await remote.jobs.cancel("later");
    sent = 0;
    expect(codes(await remote.jobs.redrive("later"))).toEqual(["OUTCOME_UNKNOWN"]);
  });

  it("an answer that came is taken at its word", async () => {
    expect(codes(await remote.jobs.delete("nobody"))).toEqual(["NOT_FOUND"]);
    expect(await remote.schedules.delete("nobody")).toBe(false);
  });

  it("a schedule that is gone counts as deleted", async () => {
    await remote.schedules.put("nightly", { queue: "q", every: "1h" });
    const operate = api.node.operate.bind(api.node);
    api.node.operate = async (command) => {
      const outcome = await operate(command);
      if (sent++ === 0) wire.cut();
      return outcome;
    };
    expect(await remote.schedules.delete("nightly")).toBe(true);
    expect(sent).toBe(2);
  });
});

describe("lists", () => {
  it("find what is rare among very many: empty pages are passed over, and the node looks in slices", async () => {
    const count = 45_000;
    const rare = [30_000, 44_999];
    for (let from = 0; from < count; from += 5_000) {
      const jobs = Array.from({ length: 5_000 }, (_, n) => ({
        queue: "q",
        data: undefined,
        id: `j${from + n}`,
        ...(rare.includes(from + n) && { tags: ["x"] }),
      }));
      await cluster.jobs.enqueueMany(jobs);
    }
    const examined: number[] = [];
    const page = api.node.state.page.bind(api.node.state);
    api.node.state.page = (filter) => {
      const found = page(filter);
      examined.push(found.examined);
      return found;
    };
    const first = await cluster.jobs.list({ tag: "x", limit: 1 });
    expect(first.jobs.map(({ id }) => id)).toEqual(["j30000"]);
    const found: string[] = [];
    for await (const { jobs } of cluster.jobs.list({ tag: "x" })) found.push(...jobs.map(({ id }) => id));
    expect(found).toEqual(rare.map((n) => `j${n}`));
    expect(Math.max(...examined)).toBeLessThanOrEqual(2_000);
    const rest = await cluster.jobs.list({ tag: "x", after: first.after });
    expect(rest.jobs.map(({ id }) => id)).toEqual(["j44999"]);
  });

  it("go on where a page ended, also when that job is gone by then", async () => {
    await cluster.jobs.enqueueMany(["a", "b", "c", "d"].map((id) => ({ queue: "q", data: 1, id })));
    const { jobs, after } = await cluster.jobs.list({ limit: 2 });
    expect(jobs.map(({ id }) => id)).toEqual(["a", "b"]);
    await cluster.jobs.delete("b");
    expect((await cluster.jobs.list({ after })).jobs.map(({ id }) => id)).toEqual(["c", "d"]);
    expect((await failureOf(Promise.resolve(cluster.jobs.list({ after: "b" })))).code).toBe("NOT_FOUND");
  });

  it("by tag, key, time and several states", async () => {
    await cluster.jobs.enqueue("q", 1, { id: "a", tags: ["x"], key: "k" });
    await cluster.jobs.enqueue("q", 1, { id: "b", tags: ["x"], delay: "1h" });
    await cluster.jobs.enqueue("q", 1, { id: "c" });
    const ids = async (filter: Parameters<typeof cluster.jobs.list>[0]) =>
      (await cluster.jobs.list(filter)).jobs.map(({ id }) => id);
    expect(await ids({ tag: "x" })).toEqual(["a", "b"]);
    expect(await ids({ key: "k" })).toEqual(["a"]);
    expect(await ids({ state: ["scheduled", "dead"] })).toEqual(["b"]);
    expect(await ids({ before: 1_000 })).toEqual([]);
    expect(await ids({ since: new Date(1_000), state: "ready" })).toEqual(["a", "c"]);
    const listed = (await cluster.jobs.list({ tag: "x", limit: 1 })).jobs[0];
    expect(listed).toMatchObject({ tags: ["x"], key: "k" });
  });
});

it("a flow is one atomic batch, children first, each parent waiting for its own", async () => {
  const sent: string[] = [];
  const real = api.node.enqueue.bind(api.node);
  api.node.enqueue = (specs, atomic) => {
    sent.push(
      ...specs.map(({ id, waitFor }) => `${id}<-${waitFor?.ids.join(",") ?? ""}${atomic ? "!" : ""}`),
    );
    return real(
      specs.map(({ waitFor: _waitFor, ...spec }) => spec),
      false,
    );
  };
  const leaf = (id: string) => ({ queue: "resize", data: id, id });
  const flow = await cluster.flow({
    queue: "album",
    data: 1,
    id: "root",
    onFailure: "run",
    children: [leaf("a"), { ...leaf("b"), children: [leaf("c")] }],
  });
  expect(sent).toEqual(["a<-!", "c<-!", "b<-c!", "root<-a,b!"]);
  expect(flow.job.id).toBe("root");
  expect(flow.children.map(({ job: each, children }) => [each.id, children.length])).toEqual([
    ["a", 0],
    ["b", 1],
  ]);
  const twice = { queue: "q", data: 1, id: "x", children: [leaf("x")] };
  expect((await failureOf(cluster.flow(twice))).code).toBe("INVALID_ARGUMENT");
});

// Put it in: flow.ts: leave out `checkDedup`.
it("a flow whose jobs might be answered with others is refused, for its children would run for nobody", async () => {
  await cluster.jobs.enqueue("q", {}, { id: "holder", dedupKey: "k" });
  const job = { queue: "q", data: {} };
  for (const flow of [
    { ...job, id: "root", dedupKey: "k", children: [{ ...job, id: "child" }] },
    { ...job, id: "root", children: [{ ...job, id: "child", dedup: { key: "k" } }] },
  ]) {
    const error = await failureOf(cluster.flow(flow));
    expect(error).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining('use "reject"'),
    });
  }
  expect((await cluster.jobs.list({ queue: "q" })).jobs.map(({ id }) => id)).toEqual(["holder"]);
  const rejects = {
    ...job,
    id: "root",
    dedup: { key: "k", mode: "reject" },
    children: [{ ...job, id: "child" }],
  } as const;
  expect(await failureOf(cluster.flow(rejects))).toMatchObject({ code: "DUPLICATE" });
  expect((await cluster.flow({ ...job, id: "alone", dedupKey: "k" })).job).toMatchObject({
    id: "holder",
    existing: true,
  });
});

// Put it in: managing.ts, `idsOf`: leave out `checkField`.
describe("a filter by which jobs are acted upon", () => {
  it.each([
    { queue: "" },
    { agent: "" },
    { tag: "", queue: "q" },
    { key: "" },
    { state: [] },
    { since: 0 },
    { before: 0 },
    { since: new Date(0) },
    { quue: "q" } as never,
    {},
  ])("must say something, or it would fit every job: %j", async (filter) => {
    await cluster.jobs.enqueue("q", 1, { id: "stays" });
    for (const act of ["cancelAll", "delete", "redrive", "runNow"] as const)
      expect(await failureOf(cluster.jobs[act](filter))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect((await cluster.jobs.get("stays")).state).toBe("ready");
  });

  it("may name what looks like nothing", async () => {
    await cluster.jobs.enqueue("q", 1, { id: "goes", tags: ["0"] });
    expect(await cluster.jobs.delete({ tag: "0" })).toMatchObject({ done: 1 });
  });
});
