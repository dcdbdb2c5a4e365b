import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FencingToken, JobId, LogIndex, LogTimeMs, NodeId } from "../../src/base/brands.ts";
import { Directory } from "../../src/client/directory.ts";
import type { ConclaveError, JobEvent } from "../../src/client/index.ts";
import { eventsOf } from "../../src/client/jobEvents.ts";
import { Leader } from "../../src/client/leader.ts";
import { Nearest } from "../../src/client/nearest.ts";
import { Nodes } from "../../src/client/nodes.ts";
import type { Waiter } from "../../src/client/waiter.ts";
import { watchJobs } from "../../src/client/watch.ts";
import type { Job__Output } from "../../src/generated/conclave/v1/Job.ts";
import { EventLog } from "../../src/node/eventLog.ts";
import { type Harness, start } from "../api/harness.ts";
import { failureOf } from "../support/failure.ts";
import { StandingClock } from "../support/standingClock.ts";
import { until } from "../support/until.ts";

/** n1 and n2, and what a handle has of them; n1 leads. */
let first: Harness;
let second: Harness;
/** Of the nodes' looks; of the SDK. */
let nodeClock: StandingClock;
let clock: StandingClock;
let nodes: Nodes;
let leader: Leader;
let nearest: Nearest;
beforeEach(async () => {
  nodeClock = new StandingClock();
  const after = (delayMs: number, callback: () => void) => nodeClock.after(delayMs, callback);
  first = await start({ after });
  second = await start({ after });
  Object.assign(second.node, { nodeId: NodeId("n2") });
  for (const { node } of [first, second]) node.events = new EventLog(LogIndex(0), 20_000);
  first.node.view = { leaderAddress: first.address, members: [] };
  second.node.view = { leaderAddress: first.address, members: [] };
  second.node.follow({ id: "n1", address: first.address });
  clock = new StandingClock();
  nodes = new Nodes();
  const directory = new Directory([first.address, second.address]);
  leader = new Leader(directory, nodes, undefined, clock);
  nearest = new Nearest(directory, nodes);
});
afterEach(async () => {
  leader.close();
  nodes.close();
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});

/** n2 leads; n1 has no part in it any more. */
function succeed(): void {
  first.node.follow(null);
  second.node.view = { leaderAddress: second.address, members: [] };
  second.node.lead();
}

const events = { started: "running", completed: "completed" } as const;

function happens(on: Harness, index: number, type: keyof typeof events): void {
  const event = {
    type,
    id: JobId("a"),
    queue: "q",
    agent: "",
    state: events[type],
    attempt: 1,
    token: FencingToken(9),
    detail: "",
  };
  on.node.events.add(LogIndex(index), LogTimeMs(5), [event]);
}

/** What is heard, and how it ends. */
function hear(iterable: AsyncIterable<JobEvent>) {
  const heard: string[] = [];
  const over = (async () => {
    for await (const { index, type } of iterable) heard.push(`${index} ${type}`);
  })();
  return { heard, over };
}

/** Time passes for the SDK until then. */
const passUntil = (what: string, condition: () => boolean) =>
  until(what, () => {
    clock.pass(500);
    return condition();
  });

// Put it in: src/api/grpc/watch.ts: without `#confirm`; src/client/watch.ts: a backoff in place of the pursuit.
it("a watch goes on at another node when its own was removed, and leaves nothing out", async () => {
  const stop = new AbortController();
  const { heard, over } = hear(watchJobs(leader, nearest, { from: 1, signal: stop.signal }));
  happens(first, 1, "started");
  await until("it has heard of one", () => heard.length === 1);
  happens(second, 1, "started");
  happens(second, 2, "completed");
  succeed();
  first.node.view = { ...first.node.view, standing: "removed" };
  nodeClock.pass(5_000);
  await passUntil("it has heard of the other", () => heard.length === 2);
  stop.abort();
  await over;
  expect(heard).toEqual(["1 started", "2 completed"]);
});

describe("the events of a job that has ended, at a node that does not hear of it,", () => {
  let end: (job: Job__Output) => void;
  /** Hears of the end from elsewhere. */
  const watch = (from?: number) => {
    const ended = new Promise<Job__Output>((resolve) => {
      end = resolve;
    });
    const wait = () => ({ ended, cancel: () => undefined, isHeard: () => true });
    const waiter = { wait } as unknown as Waiter;
    return hear(eventsOf("a", { leader, nearest, waiter }, { from }));
  };

  // Put it in: jobEvents.ts: return when no event has come for a while.
  it("are asked for elsewhere", async () => {
    const { heard, over } = watch(1);
    happens(first, 1, "started");
    await until("it has heard of one", () => heard.length === 1);
    happens(second, 1, "started");
    happens(second, 2, "completed");
    succeed();
    end({} as Job__Output);
    await passUntil("it has heard of the end", () => heard.length === 2);
    await over;
    expect(heard).toEqual(["1 started", "2 completed"]);
  });

  it("are not all told, which is an error, when nobody has them", async () => {
    const { heard, over } = watch(1);
    happens(first, 1, "started");
    await until("it has heard of one", () => heard.length === 1);
    first.node.follow(null);
    second.node.follow(null);
    end({} as Job__Output);
    let failure: ConclaveError | undefined;
    void failureOf(over).then((error) => {
      failure = error;
    });
    await passUntil("it has given up", () => failure !== undefined);
    expect(failure).toMatchObject({ code: "UNAVAILABLE", resumeIndex: 2 });
    expect(failure?.message).toContain("job a has ended");
  });

  it("end without an error when its end was before what was asked for", async () => {
    happens(first, 1, "completed");
    for (const { node } of [first, second]) node.events.add(LogIndex(2), LogTimeMs(5), []);
    const { heard, over } = watch(2);
    end({} as Job__Output);
    let isOver = false;
    void over.then(() => {
      isOver = true;
    });
    await passUntil("it is over", () => isOver);
    expect(heard).toEqual([]);
  });
});
