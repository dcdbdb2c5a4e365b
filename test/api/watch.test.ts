import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FencingToken, JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import type { WatchReply__Output } from "../../src/generated/conclave/v1/WatchReply.ts";
import type { WatchRequest } from "../../src/generated/conclave/v1/WatchRequest.ts";
import type { WhyReply__Output } from "../../src/generated/conclave/v1/WhyReply.ts";
import type { JobEvent } from "../../src/machine/types.ts";
import { EventLog } from "../../src/node/eventLog.ts";
import { ask, eventually, type Harness, job, Received, refusal, refusalOf, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
  on.node.events = new EventLog(LogIndex(0), 200_000);
});
afterEach(() => on[Symbol.asyncDispose]());

let index = 0;
beforeEach(() => {
  index = 0;
});

const event = (id: string, more: Partial<JobEvent> = {}): JobEvent => ({
  type: "completed",
  id: JobId(id),
  queue: "q",
  agent: "",
  state: "completed",
  attempt: 1,
  token: FencingToken(5),
  detail: "",
  ...more,
});

function happens(...events: readonly JobEvent[]): void {
  index++;
  on.node.events.add(LogIndex(index), LogTimeMs(1000 + index), events);
}

function watch(request: WatchRequest) {
  const stream = on.manage.watch(request);
  const received = new Received<WatchReply__Output>(stream);
  const ids = () =>
    received.messages.flatMap(({ events }) => events.map((each) => `${each.index}/${each.jobId}`));
  return { stream, received, ids };
}

test("from now on: the first message says where that is, then events come as they happen", async () => {
  happens(event("before"));
  const { stream, received, ids } = watch({});
  await received.until((messages) => messages.length > 0);
  expect(received.messages[0]).toEqual({ events: [], nextIndex: 2 });
  happens(event("a", { type: "failed", state: "running", agent: "x", detail: "boom" }), event("b"));
  happens();
  happens(event("c"));
  await received.until(() => ids().length === 3);
  expect(ids()).toEqual(["2/a", "2/b", "4/c"]);
  expect(received.messages.flatMap(({ events }) => events)[0]).toEqual({
    index: 2,
    atMs: 1002,
    type: "JOB_EVENT_TYPE_FAILED",
    jobId: "a",
    queue: "q",
    agent: "x",
    state: "JOB_STATE_RUNNING",
    attempt: 1,
    fencingToken: 5,
    detail: "boom",
  });
  expect(received.messages.at(-1)?.nextIndex).toBe(5);
  stream.cancel();
});

test.each<readonly [WatchRequest, readonly string[]]>([
  [{ queue: "mail" }, ["2/b"]],
  [{ jobId: "c" }, ["3/c"]],
  [{ agent: "x" }, ["1/a"]],
  [{ types: ["JOB_EVENT_TYPE_DEAD", "JOB_EVENT_TYPE_COMPLETED"] }, ["1/a", "3/c"]],
])("from an index on, only what was asked for: %j", async (filter, expected) => {
  happens(event("a", { agent: "x", type: "dead" }));
  happens(event("b", { queue: "mail", type: "started" }));
  happens(event("c"));
  const { stream, received, ids } = watch({ fromIndex: 1, ...filter });
  await received.until((messages) => messages.at(-1)?.nextIndex === 4);
  expect(ids()).toEqual(expected);
  stream.cancel();
});

test("what is not kept any more is refused with the index from which events are kept", async () => {
  for (let n = 0; n < 1000; n++) happens(event(`j${n}`, { detail: "x".repeat(500) }));
  const first = on.node.events.firstIndex;
  expect(first).toBeGreaterThan(500);
  const { received } = watch({ fromIndex: first - 1 });
  const refused = refusalOf(await received.status);
  expect(refused).toMatchObject({
    status: Status.OUT_OF_RANGE,
    detail: { code: "EVENTS_GONE", retryable: false, resumeIndex: first },
  });
  expect(refused.details).toContain(`keeps those from ${first} on`);
  const { stream, received: rest, ids } = watch({ fromIndex: first });
  await rest.until(() => ids().length === 1001 - first);
  stream.cancel();
});

test("a reader that is too slow is dropped with the index to resume from, and holds no memory meanwhile", async () => {
  const { stream, received } = watch({ fromIndex: 1 });
  await received.until((messages) => messages.length > 0);
  stream.pause();
  const detail = "x".repeat(256);
  let more = true;
  received.status.then(
    () => {
      more = false;
    },
    () => undefined,
  );
  // Far more than the buffers between the two take.
  for (let n = 0; n < 400 && more; n++) {
    happens(...Array.from({ length: 300 }, (_, k) => event(`j${n}.${k}`, { detail })));
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.resume();
  const refused = refusalOf(await received.status);
  expect(refused.detail?.code).toBe("EVENTS_GONE");
  expect(refused.detail?.resumeIndex).toBeGreaterThan(received.messages.at(-1)?.nextIndex ?? 0);
});

test("a snapshot takes the place of what watchers wait for", async () => {
  const { received } = watch({});
  await received.until((messages) => messages.length > 0);
  on.node.events.restart(LogIndex(500));
  expect(refusalOf(await received.status).detail).toMatchObject({ code: "EVENTS_GONE", resumeIndex: 501 });
});

test.each<readonly [WatchRequest, string]>([
  [{ queue: "?" }, 'queue is "?"'],
  [{ jobId: "a b" }, 'job_id is "a b"'],
  [{ agent: "x".repeat(129) }, "agent has 129 characters"],
  [{ types: [99 as never] }, "types[0] is 99"],
  [{ types: ["JOB_EVENT_TYPE_UNSPECIFIED"] }, "types[0] is unspecified"],
])("%j is refused", async (request, message) => {
  const refused = refusalOf(await watch(request).received.status);
  expect(refused.detail?.code).toBe("INVALID_ARGUMENT");
  expect(refused.details).toContain(message);
});

test("a watcher that leaves is forgotten, and a node that stops says so", async () => {
  const first = watch({});
  await first.received.until((messages) => messages.length > 0);
  expect(on.node.events.listeners).toBe(1);
  first.stream.cancel();
  await eventually(() => on.node.events.listeners === 0);
  const second = watch({});
  await second.received.until((messages) => messages.length > 0);
  const closing = on.api.close(1000);
  expect(refusalOf(await second.received.status).detail?.code).toBe("SHUTTING_DOWN");
  await closing;
  expect(on.node.events.listeners).toBe(0);
});

const why = (id: string) => ask<WhyReply__Output>((done) => on.manage.why({ id }, done));
const codes = ({ reasons }: WhyReply__Output) => reasons.map(({ code }) => code);

test("why: not due, paused, behind others, no worker, in a worker's hands, ended", async () => {
  await ask((done) =>
    on.jobs.enqueue(
      { jobs: [job("first"), job("second"), job("later", { delayMs: 5000, queue: "r" })] },
      done,
    ),
  );
  expect(codes(await why("first"))).toEqual(["NO_WORKER"]);
  expect(codes(await why("second"))).toEqual(["BEHIND", "NO_WORKER"]);
  expect(await why("later")).toMatchObject({
    state: "JOB_STATE_SCHEDULED",
    reasons: [
      { code: "NOT_DUE", text: "it was enqueued for later", untilMs: 1_800_000_005_000 },
      { code: "NO_WORKER", text: "no worker serves queue r" },
    ],
  });
  const paused = { on: true, by: "ann", why: "provider down" };
  await ask((done) => on.manage.setQueue({ queue: "q", patch: { paused } }, done));
  expect((await why("first")).reasons[0]).toMatchObject({
    code: "PAUSED",
    text: "the queue was paused by ann: provider down",
  });
  await ask((done) => on.manage.setQueue({ queue: "q", patch: { paused: { on: false } } }, done));
  await ask((done) => on.work.claim({ workerId: "w", queues: ["q"], waitMs: 5000 }, done));
  expect((await why("first")).reasons).toMatchObject([
    { code: "RUNNING", text: expect.stringMatching(/^worker w has it, under token \d+$/) as string },
  ]);
  await ask((done) => on.jobs.cancel({ ids: ["second"], reason: "enough" }, done));
  expect((await why("second")).reasons).toMatchObject([{ code: "ENDED", text: "it is cancelled: enough" }]);
  expect(await refusal(why("ghost"))).toMatchObject({ detail: { code: "NOT_FOUND" } });
  expect((await refusal(why("?"))).details).toContain('id is "?"');
});
