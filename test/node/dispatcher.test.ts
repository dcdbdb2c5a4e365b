import { describe, expect, test } from "vitest";
import { FencingToken, JobId, LogTimeMs, Term } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import type { ClaimedJob, ClaimNews, Command, Outcome } from "../../src/machine/types.ts";
import { Dispatcher } from "../../src/node/dispatcher.ts";
import type { WorkerSubscription } from "../../src/node/service.ts";

function job(id: string): ClaimedJob {
  return {
    id: JobId(id),
    queue: "q",
    priority: "normal",
    payload: new Uint8Array(),
    agent: "",
    token: FencingToken(7),
    attempt: 1,
    maxAttempts: 5,
    leaseMs: 30_000,
    expiresAt: LogTimeMs(30_000),
  };
}

function harness() {
  const submitted: { command: Command; resolve(o: Outcome): void; reject(e: ConclaveError): void }[] = [];
  const ready = new Map<string, number>();
  const room = new Map<string, number>();
  const lease = { held: true };
  const resumed: [string, number][] = [];
  const dispatcher = new Dispatcher({
    claimRoom: (queue) => room.get(queue) ?? Number.POSITIVE_INFINITY,
    readyCount: (queue) => ready.get(queue) ?? 0,
    submit: (command, resolve, reject) => submitted.push({ command, resolve, reject }),
    mayHandOut: () => lease.held,
    wake: () => undefined,
    onStarted: () => undefined,
    onReleaseFailed: (error) => {
      throw error;
    },
    onResumed: (workerId, released) => resumed.push([workerId, released]),
  });
  const open = (
    workerId: string,
    credits: number,
    rest: Pick<WorkerSubscription, "stream" | "held"> = {},
  ) => {
    const got: string[] = [];
    const news: ClaimNews[] = [];
    const closed: Error[] = [];
    const handle = dispatcher.open(
      {
        workerId,
        queues: ["q"],
        credits,
        onJobs: (jobs) => got.push(...jobs.map((each) => each.id)),
        onClaimNews: (told) => news.push(...told),
        onClosed: (error) => closed.push(error),
        ...rest,
      },
      Term(1),
    );
    return { handle, got, closed, news };
  };
  const claims = (): [string, number][] =>
    submitted.flatMap(({ command }) =>
      command.type === "claim" ? [[command.workerId, command.slots] as [string, number]] : [],
    );
  return { dispatcher, submitted, ready, lease, open, claims, resumed };
}

describe("the dispatcher", () => {
  test("claims only what there is work for, spread over the workers with room", () => {
    const { dispatcher, ready, open, claims } = harness();
    open("a", 8);
    open("b", 8);
    dispatcher.plan();
    expect(claims()).toEqual([]);
    ready.set("q", 6);
    dispatcher.plan();
    expect(claims()).toEqual([
      ["a", 3],
      ["b", 3],
    ]);
  });

  test("does not claim twice for the same ready job while the first claim is under way", () => {
    const { dispatcher, ready, open, claims } = harness();
    open("a", 8);
    ready.set("q", 1);
    dispatcher.plan();
    dispatcher.plan();
    expect(claims()).toEqual([["a", 1]]);
  });

  test("who is held gets nothing until it is let go, and then all that it has room for", () => {
    const { dispatcher, ready, open, claims } = harness();
    const held = open("a", 8);
    open("b", 1);
    held.handle.hold(true);
    ready.set("q", 6);
    dispatcher.plan();
    expect(claims()).toEqual([["b", 1]]);
    expect(dispatcher.workersFor("q"), "who asks why a job waits").toEqual({ workers: 2, credits: 1 });
    held.handle.hold(false);
    dispatcher.plan();
    expect(claims()).toEqual([
      ["b", 1],
      ["a", 5],
    ]);
  });

  test("a claim rides along with the enqueue that it will serve", () => {
    const { dispatcher, open, claims } = harness();
    open("a", 8);
    dispatcher.arriving("q", 2);
    dispatcher.plan();
    expect(claims()).toEqual([["a", 2]]);
  });

  test("credits are never exceeded, and come back when a claim found less than it asked for", () => {
    const { dispatcher, submitted, ready, open, claims } = harness();
    const worker = open("a", 4);
    ready.set("q", 100);
    dispatcher.plan();
    expect(claims()).toEqual([["a", 4]]);
    submitted[0]?.resolve({ type: "claim", jobs: [job("j1")] });
    expect(worker.got).toEqual(["j1"]);
    dispatcher.plan();
    expect(claims().at(-1)).toEqual(["a", 3]);
    worker.handle.addCredits(1);
    dispatcher.plan();
    expect(claims().at(-1)).toEqual(["a", 1]);
  });

  test("a leader without its lease plans nothing and delivers nothing", () => {
    const { dispatcher, submitted, ready, lease, open, claims } = harness();
    const worker = open("a", 4);
    ready.set("q", 4);
    dispatcher.plan();
    lease.held = false;
    submitted[0]?.resolve({ type: "claim", jobs: [job("j1")] });
    expect(worker.got).toEqual([]);
    dispatcher.plan();
    expect(claims()).toHaveLength(1);
  });

  test("jobs whose worker is gone are released at once", () => {
    const { dispatcher, submitted, ready, open } = harness();
    const worker = open("a", 4);
    ready.set("q", 1);
    dispatcher.plan();
    worker.handle.close();
    submitted[0]?.resolve({ type: "claim", jobs: [job("j1")] });
    expect(worker.got).toEqual([]);
    expect(submitted[1]?.command).toEqual({ type: "act", acts: [{ type: "release", id: "j1", token: 7 }] });
  });

  test("the end of leadership closes every worker with the reason", () => {
    const { dispatcher, ready, open, claims } = harness();
    const worker = open("a", 4);
    dispatcher.closeAll(new ConclaveError("NOT_LEADER", "n2 leads"));
    expect(worker.closed.map((error) => error.message)).toEqual(["n2 leads"]);
    ready.set("q", 4);
    dispatcher.plan();
    expect(claims()).toEqual([]);
  });
});

describe("a worker with a session", () => {
  const first = { session: 5, number: 1 };
  const second = { session: 5, number: 2 };
  const held = [{ id: JobId("kept"), token: FencingToken(3) }];

  test("says what it holds before it is given anything, once; claims name its stream", () => {
    const { dispatcher, submitted, ready, open, resumed } = harness();
    open("a", 4, { stream: second, held });
    ready.set("q", 1);
    dispatcher.plan();
    dispatcher.plan();
    expect(submitted.map(({ command }) => command)).toEqual([
      { type: "resumeWorker", workerId: "a", stream: second, held },
      { type: "claim", workerId: "a", stream: second, queues: ["q"], slots: 1 },
    ]);
    submitted[0]?.resolve({ type: "resumeWorker", released: 2 });
    expect(resumed).toEqual([["a", 2]]);
  });

  test("that says nothing of what it holds is taken at that", () => {
    const { dispatcher, submitted, open } = harness();
    open("a", 4, { stream: first });
    dispatcher.plan();
    expect(submitted).toEqual([]);
  });

  test("when its return is refused for the moment it is proposed again, until the stream ends", () => {
    const { dispatcher, submitted, open } = harness();
    const { handle } = open("a", 4, { stream: second, held });
    const refuse = (): void => submitted.at(-1)?.reject(new ConclaveError("OVERLOADED", "later"));
    dispatcher.plan();
    refuse();
    dispatcher.plan();
    expect(submitted.map(({ command }) => command.type)).toEqual(["resumeWorker", "resumeWorker"]);
    handle.close();
    refuse();
    open("b", 1);
    dispatcher.plan();
    expect(submitted).toHaveLength(2);
  });

  test("that leaves again at once has said it all the same", () => {
    const { dispatcher, submitted, open } = harness();
    open("a", 0, { stream: second, held }).handle.close();
    dispatcher.plan();
    dispatcher.plan();
    expect(submitted.map(({ command }) => command.type)).toEqual(["resumeWorker"]);
  });

  test("a leader without its lease proposes nothing yet", () => {
    const { dispatcher, submitted, lease, open } = harness();
    lease.held = false;
    open("a", 4, { stream: second, held });
    dispatcher.plan();
    expect(submitted).toEqual([]);
    lease.held = true;
    dispatcher.plan();
    expect(submitted).toHaveLength(1);
  });

  test("its new stream ends the old one here; what is under way for that is released, not delivered", () => {
    const { dispatcher, submitted, ready, open, claims } = harness();
    const old = open("a", 4, { stream: first });
    ready.set("q", 1);
    dispatcher.plan();
    const now = open("a", 4, { stream: second, held: [] });
    expect(old.closed).toMatchObject([{ code: "ABORTED" }]);
    dispatcher.plan();
    submitted[0]?.resolve({ type: "claim", jobs: [job("j1")] });
    expect([old.got, now.got]).toEqual([[], []]);
    expect(submitted.at(-1)?.command).toMatchObject({ type: "act", acts: [{ type: "release", id: "j1" }] });
    ready.set("q", 2);
    dispatcher.plan();
    expect(claims().at(-1)).toEqual(["a", 2]);
    old.handle.close();
    expect(dispatcher.workerCount).toBe(1);
    expect(() => open("a", 1, { stream: first })).toThrow(expect.objectContaining({ code: "ABORTED" }));
  });

  test("a stream that was held up on its way does not end its successor", () => {
    const { dispatcher, submitted, open } = harness();
    const now = open("a", 4, { stream: second, held: [] });
    for (const stream of [first, second]) {
      expect(() => open("a", 4, { stream, held: [] })).toThrow(expect.objectContaining({ code: "ABORTED" }));
    }
    expect([now.closed, dispatcher.workerCount]).toEqual([[], 1]);
    dispatcher.plan();
    expect(submitted).toHaveLength(1);
    now.handle.close();
    open("a", 4, { stream: second });
    expect(dispatcher.workerCount).toBe(1);
  });

  test("others of its name, or with its number, go their own way", () => {
    const { dispatcher, open } = harness();
    const all = [
      open("a", 1, { stream: first }),
      open("a", 1, { stream: { session: 6, number: 9 } }),
      open("b", 1, { stream: second }),
      open("a", 1),
      open("a", 1),
    ];
    expect(all.flatMap(({ closed }) => closed)).toEqual([]);
    expect(dispatcher.workerCount).toBe(5);
  });
});

describe("news of claims", () => {
  const about = (id: string, workerId: string, session = 0): ClaimNews => ({
    id: JobId(id),
    token: FencingToken(7),
    workerId,
    stream: session === 0 ? null : { session, number: 1 },
    end: null,
  });
  const ids = (news: readonly ClaimNews[]) => news.map(({ id }) => id);

  test("go to the session that the claim was made for, on its stream of today, and to nobody else", () => {
    const { dispatcher, open } = harness();
    const plain = open("w", 1);
    const first = open("w", 1, { stream: { session: 5, number: 1 } });
    const again = open("w", 1, { stream: { session: 5, number: 2 } });
    const other = open("w", 1, { stream: { session: 6, number: 1 } });
    dispatcher.tell([
      about("a", "w", 5),
      about("b", "w"),
      about("c", "w", 5),
      about("d", "ghost"),
      about("e", "w", 9),
    ]);
    expect(ids(again.news)).toEqual(["a", "c"]);
    expect(ids(plain.news)).toEqual(["b"]);
    expect([first, other].flatMap(({ news }) => news)).toEqual([]);
  });

  test("of one that has left are told to nobody", () => {
    const { dispatcher, open } = harness();
    const worker = open("w", 1);
    worker.handle.close();
    dispatcher.tell([about("a", "w")]);
    expect(worker.news).toEqual([]);
  });
});
