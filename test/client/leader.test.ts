import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

let fake: FakeCluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
});
afterEach(() => fake[Symbol.asyncDispose]());

describe("finding the leader", () => {
  it("learns it from the one endpoint that was given", async () => {
    await using cluster = await connect(fake.node(3).address);
    await cluster.jobs.enqueue("q", 1);
    expect(fake.node(1).requests).toHaveLength(1);
    expect(fake.node(3).requests).toHaveLength(0);
  });

  it("prefers the endpoint given by the user over the address the leader advertises", async () => {
    // RFC 5737: nobody answers there.
    for (const node of fake.nodes) node.advertised = `192.0.2.${node.id.slice(1)}:7400`;
    await using cluster = await connect(fake.endpoints.join(","));
    await cluster.jobs.enqueue("q", 1);
    expect(fake.node(1).requests).toHaveLength(1);
  });

  it("does so as well when a refusal names the leader's advertised address", async () => {
    for (const node of fake.nodes) node.advertised = `192.0.2.${node.id.slice(1)}:7400`;
    await using cluster = await connect(fake.endpoints);
    await cluster.status();
    fake.elect(fake.node(2));
    await cluster.jobs.cancel("a", { timeout: 1_000 });
    expect(fake.node(1).unaryCalls).toEqual(["Cancel"]);
    expect(fake.node(2).unaryCalls).toEqual(["Cancel"]);
  });

  it("uses the advertised address of a leader that is none of the endpoints", async () => {
    await using cluster = await connect([fake.node(2).address]);
    fake.elect(fake.node(3));
    await cluster.jobs.enqueue("q", 1);
    expect(fake.node(3).requests).toHaveLength(1);
  });

  it.each([true, false])("follows a change of leadership, hints: %s", async (hints) => {
    for (const node of fake.nodes) node.hints = hints;
    await using cluster = await connect(fake.endpoints);
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    await cluster.jobs.stats();
    fake.elect(fake.node(2));
    await cluster.jobs.enqueue("q", 1, { id: "b" });
    await cluster.jobs.stats();
    expect(fake.node(2).requests.flatMap(({ jobs }) => jobs.map(({ id }) => id))).toEqual(["b"]);
    expect(fake.node(2).unaryCalls).toContain("Stats");
  });

  it("goes where the hint points without asking around", async () => {
    await using cluster = await connect(fake.endpoints);
    await cluster.jobs.cancel("a");
    fake.elect(fake.node(2));
    // Nobody could be asked: only the hint of the old leader leads on.
    await cluster.jobs.cancel("a");
    expect(fake.node(1).unaryCalls).toEqual(["Cancel", "Cancel"]);
    expect(fake.node(2).unaryCalls).toEqual(["Cancel"]);
    expect(fake.node(3).unaryCalls).toEqual([]);
  });

  it("waits out an election", async () => {
    await using cluster = await connect(fake.endpoints);
    fake.elect(undefined);
    const enqueued = cluster.jobs.enqueue("q", 1, { id: "a" });
    const stats = cluster.jobs.stats();
    const asked = fake.node(2).statuses;
    await until("they have asked in vain, and again", () => fake.node(2).statuses >= asked + 2);
    fake.elect(fake.node(3));
    expect(await enqueued).toEqual({ id: "a", state: "ready", existing: false });
    expect((await stats).enqueued).toBeGreaterThanOrEqual(0);
  });

  it("finds the new leader after the old one died", async () => {
    await using cluster = await connect(fake.endpoints);
    await cluster.jobs.enqueue("q", 1);
    fake.node(1).kill();
    fake.elect(fake.node(2));
    await cluster.jobs.enqueue("q", 2);
    await cluster.jobs.stats();
    expect(fake.node(2).requests).toHaveLength(1);
  });

  it("comes back to a leader that was restarted at its address", async () => {
    await using cluster = await connect(fake.endpoints);
    await cluster.jobs.enqueue("q", 1);
    fake.node(1).kill();
    const enqueued = cluster.jobs.enqueue("q", 2);
    await fake.node(1).start();
    expect((await enqueued).existing).toBe(false);
  });

  it("leaves a leader that went silent for the one that replaced it", async () => {
    await using cluster = await connect(fake.endpoints);
    await cluster.jobs.enqueue("q", 1, { id: "a" });
    Object.assign(fake.node(1), { enqueues: "hang", answers: false });
    const enqueued = cluster.jobs.enqueue("q", 1, { id: "b" });
    // Deposed without a word to its clients, as a process that was stopped.
    fake.node(1).endStreams = () => undefined;
    fake.elect(fake.node(2));
    expect((await enqueued).id).toBe("b");
  });
});

describe("when there is none", () => {
  it("connect resolves, and a call says NO_LEADER when its time is over", async () => {
    fake.elect(undefined);
    await using cluster = await connect(fake.endpoints);
    const enqueue = await failureOf(cluster.jobs.enqueue("q", 1, { timeout: 200 }));
    expect(enqueue).toMatchObject({ code: "NO_LEADER", retryable: true });
    expect(await failureOf(cluster.jobs.stats({ timeout: 200 }))).toMatchObject({ code: "NO_LEADER" });
  });

  it("connect rejects with UNAVAILABLE when nobody answers", async () => {
    for (const node of fake.nodes) node.kill();
    const error = await failureOf(connect(fake.endpoints, { timeout: 300 }));
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toContain(fake.node(1).address);
  });

  it("a call says UNAVAILABLE when all nodes are gone", async () => {
    await using cluster = await connect(fake.endpoints);
    for (const node of fake.nodes) node.kill();
    await until("it was noticed", async () => (await cluster.status()).every(({ error }) => error));
    const calls = [cluster.jobs.enqueue("q", 1, { timeout: 300 }), cluster.jobs.stats({ timeout: 300 })];
    for (const error of await Promise.all(calls.map(failureOf))) expect(error.code).toBe("UNAVAILABLE");
  });

  it("a signal ends the wait", async () => {
    fake.elect(undefined);
    await using cluster = await connect(fake.endpoints);
    const abort = new AbortController();
    const calls = [
      cluster.jobs.enqueue("q", 1, { signal: abort.signal }),
      cluster.jobs.stats({ signal: abort.signal }),
      cluster.claim("q", { signal: abort.signal }),
    ];
    setImmediate(() => abort.abort(new Error("enough")));
    for (const error of await Promise.all(calls.map(failureOf))) {
      expect(error).toMatchObject({ code: "ABORTED", cause: abort.signal.reason });
    }
  });

  it("a signal ends connect", async () => {
    for (const node of fake.nodes) node.answers = false;
    const abort = new AbortController();
    const connecting = failureOf(connect(fake.endpoints, { signal: abort.signal }));
    setImmediate(() => abort.abort());
    expect((await connecting).code).toBe("ABORTED");
  });
});

describe("endpoints", () => {
  it.each([[""], [[]], ["localhost"], ["localhost:0"], ["http://localhost:7400"], ["a b:7400"]])(
    "refuses %j",
    async (endpoints) => {
      expect((await failureOf(connect(endpoints))).code).toBe("INVALID_ARGUMENT");
    },
  );
});

describe("status", () => {
  it("has a row for each member, and the error of one that does not answer", async () => {
    await using cluster = await connect(fake.node(2).address);
    fake.node(3).kill();
    const rows = await cluster.status();
    expect(rows.map(({ nodeId, status }) => [nodeId, status?.role])).toEqual([
      ["n1", "leader"],
      ["n2", "follower"],
      ["n3", undefined],
    ]);
    expect(rows[1]?.status).toMatchObject({ leaderId: "n1", leaderAddress: fake.node(1).address, term: 1 });
    expect(rows[2]?.error?.code).toBe("UNAVAILABLE");
  });

  it("counts a node once that is reached and advertised under two addresses", async () => {
    for (const node of fake.nodes) node.advertised = `${node.id}.invalid:7400`;
    fake.node(3).kill();
    await using cluster = await connect(fake.endpoints);
    const rows = await cluster.status({ timeout: 1_000 });
    expect(rows.map(({ nodeId }) => nodeId)).toEqual(["n1", "n2", "n3"]);
  });
});
