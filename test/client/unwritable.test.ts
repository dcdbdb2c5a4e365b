import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { ActOutbox, type OutgoingAct } from "../../src/client/actOutbox.ts";
import { Budget } from "../../src/client/budget.ts";
import { processClock } from "../../src/client/clock.ts";
import { Directory } from "../../src/client/directory.ts";
import { Enqueuer } from "../../src/client/enqueuer.ts";
import { jobSpec } from "../../src/client/jobSpec.ts";
import { Leader } from "../../src/client/leader.ts";
import { Nodes } from "../../src/client/nodes.ts";
import { whyNoWork } from "../../src/client/protocol.ts";
import { failureOf } from "../support/failure.ts";
import { FakeCluster } from "../support/fakeServer.ts";

// Put it in: enqueuer.ts, `#flush`: do not ask `whyNoEnqueue`.
it("a job that cannot be written for the wire is refused alone, and the stream goes on", async () => {
  await using fake = await FakeCluster.start(1);
  const nodes = new Nodes();
  const leader = new Leader(new Directory(fake.endpoints), nodes, undefined);
  const enqueuer = new Enqueuer(leader, undefined);
  const good = (id: string) => jobSpec("q", 1, { id });
  const bad = { ...good("bad"), waitFor: 5 as never };
  const budget = () => new Budget({ timeout: "5s" });
  try {
    const single = enqueuer.enqueue([bad], budget(), false, ([outcome]) => outcome);
    const many = enqueuer.enqueue([good("a"), bad, good("b")], budget(), false, (outcomes) =>
      outcomes.map((outcome) => ("error" in outcome ? outcome.error.message : outcome.id)),
    );
    const atomic = failureOf(enqueuer.enqueue([good("c"), bad], budget(), true, (outcomes) => outcomes));
    const large = Array.from({ length: 20 }, (_, n) => jobSpec("q", "x".repeat(250_000), { id: `l${n}` }));
    // Put it in: atomicBatch.ts, `checkAtomicBatch`: do not ask `whyNoEnqueue`.
    const largeBatch = failureOf(enqueuer.enqueue([...large, bad], budget(), true, (outcomes) => outcomes));
    const neighbours = Array.from({ length: 20 }, (_, n) =>
      enqueuer.enqueue([good(`n${n}`)], budget(), false, (outcomes) => outcomes),
    );
    await Promise.all(neighbours);
    expect(await single).toMatchObject({ error: { code: "INVALID_ARGUMENT" } });
    expect(await many).toEqual([
      "a",
      expect.stringMatching(/^jobs\[1\] \(bad\): this cannot be written for the wire: /),
      "b",
    ]);
    expect((await atomic).code).toBe("INVALID_ARGUMENT");
    expect((await largeBatch).code).toBe("INVALID_ARGUMENT");
    expect(fake.state.specs.size).toBe(22);
    expect(fake.node(1).requests.length).toBeLessThan(12);
  } finally {
    enqueuer.close();
    leader.close();
    nodes.close();
  }
});

// Put it in: workLink.ts: send without asking `whyNoWork`; actOutbox.ts, `flush`: let an unwritable request be in flight.
it("an act that cannot be written for the wire is refused alone", () => {
  const outbox = new ActOutbox(processClock);
  const refused: string[] = [];
  const sent: (string | undefined)[] = [];
  outbox.attach((acts) => {
    const why = whyNoWork({ acts });
    if (why === undefined) sent.push(...(acts.acts ?? []).map(({ id }) => id));
    return why;
  });
  for (const id of ["a", "bad", "b"]) {
    const ending = id === "bad" ? { progress: 5 as never } : { fail: { error: "x" } };
    outbox.push({
      act: { id, fencingToken: 1, ...ending },
      lasting: true,
      onResult: () => undefined,
      onRefused: ({ code }) => refused.push(`${id} ${code}`),
    });
  }
  outbox.flush();
  expect(sent).toEqual(["a", "b"]);
  expect(refused).toEqual(["bad INVALID_ARGUMENT"]);
});

// Put it in: actOutbox.ts, `#blame`: keep the acts in a Set of the outbox.
it("acts that are to go alone are not kept once they are dropped", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const outbox = new ActOutbox(processClock);
  const dropped = refusedTogether(outbox, ["a", "b"]);
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  expect(dropped.map((act) => act.deref())).toEqual([undefined, undefined]);
  expect(outbox.unanswered).toBe(0);
});

/** Renewals that a stream's end drops, after they were refused in one request. */
function refusedTogether(outbox: ActOutbox, ids: readonly string[]): readonly WeakRef<OutgoingAct>[] {
  let sent: number | undefined;
  outbox.attach(({ requestId }) => {
    sent ??= Number(requestId);
    return undefined;
  });
  const acts = ids.map(
    (id): OutgoingAct => ({
      act: { id, fencingToken: 1, extend: {} },
      lasting: false,
      onResult: () => undefined,
      onRefused: () => undefined,
    }),
  );
  for (const act of acts) outbox.push(act);
  outbox.flush();
  const error = { code: "INVALID_ARGUMENT", message: "no", retryAfterMs: 0, leaderAddress: "", issues: [] };
  outbox.onReply({ requestId: sent ?? 0, results: [], error: error as never });
  outbox.detach();
  return acts.map((act) => new WeakRef(act));
}
