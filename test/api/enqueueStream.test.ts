import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ask, eventually, type Harness, job, Received, refusalOf, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start({ streamLimits: { maxRequests: 64, maxBytes: 1024 * 1024 } });
});
afterEach(() => on[Symbol.asyncDispose]());

/** Gives the server every chance to read on: calls that go out and come back after what the stream has sent. */
async function roundTrips(): Promise<void> {
  for (let n = 0; n < 100; n++) await ask((done) => on.cluster.status({}, done));
}

test("many concurrent requests are each answered under their own id", async () => {
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  for (let n = 1; n <= 2000; n++) stream.write({ requestId: n, jobs: [job(`j${n}`)] });
  stream.end();
  const status = await replies.status;
  expect(status.code).toBe(Status.OK);
  expect(replies.messages.map((reply) => reply.requestId).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 2000 }, (_, index) => index + 1),
  );
  for (const reply of replies.messages) {
    expect(reply.results).toEqual([
      { id: `j${reply.requestId}`, state: "JOB_STATE_READY", existing: false, error: null },
    ]);
  }
  expect(on.node.state.totals.enqueued).toBe(2000);
});

test("a request that waits holds no other back", async () => {
  on.node.hold();
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  stream.write({ requestId: 1, jobs: [job("a")] });
  stream.write({ requestId: 2, jobs: [job("?")] });
  await replies.until((messages) => messages.length === 1);
  expect(replies.messages[0]).toMatchObject({ requestId: 2, error: { code: "INVALID_ARGUMENT" } });
  on.node.release();
  await replies.until((messages) => messages.length === 2);
  expect(replies.messages[1]).toMatchObject({ requestId: 1, error: null });
  stream.end();
  await replies.status;
});

test("the number of requests under way is bounded: beyond it the stream is not read", async () => {
  on.node.hold();
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  for (let n = 1; n <= 500; n++) stream.write({ requestId: n, jobs: [job(`j${n}`)] });
  // A refusal needs no commit: it would be answered, were the stream still read.
  stream.write({ requestId: 501, jobs: [job("?")] });
  await eventually(() => on.node.inFlight >= 64);
  await roundTrips();
  expect(on.node.inFlight).toBe(64);
  expect(replies.messages).toEqual([]);
  on.node.release();
  await replies.until((messages) => messages.length === 501);
  expect(on.node.mostInFlight).toBe(64);
  stream.end();
  expect((await replies.status).code).toBe(Status.OK);
});

test("bytes under way are bounded as well", async () => {
  on.node.hold();
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  for (let n = 1; n <= 20; n++) {
    stream.write({ requestId: n, jobs: [job(`j${n}`, { payload: Buffer.alloc(200_000) })] });
  }
  await eventually(() => on.node.inFlight >= 6);
  await roundTrips();
  expect(on.node.inFlight).toBe(6);
  on.node.release();
  await replies.until((messages) => messages.length === 20);
  expect(on.node.mostInFlight).toBe(6);
  stream.end();
  await replies.status;
});

test("a bad request is refused in band as a whole; the stream goes on", async () => {
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  stream.write({ requestId: 1, jobs: [job("a"), job("", {})] });
  stream.write({ requestId: 2, jobs: [job("b")] });
  await replies.until((messages) => messages.length === 2);
  const refused = replies.messages.find((reply) => reply.requestId === 1);
  expect(refused?.error).toMatchObject({ code: "INVALID_ARGUMENT", retryable: false });
  expect(refused?.results).toEqual([]);
  expect(on.node.state.job("a" as never)).toBeUndefined();
  expect(on.node.state.job("b" as never)).toBeDefined();
  stream.end();
  expect((await replies.status).code).toBe(Status.OK);
});

test("a request id that cannot be echoed ends the stream", async () => {
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  stream.write({ requestId: 2 ** 60, jobs: [job("a")] });
  const refused = refusalOf(await replies.status);
  expect(refused.detail?.code).toBe("INVALID_ARGUMENT");
  expect(refused.details).toContain("request_id");
});

test("a node that does not lead answers in band, then ends the stream with the leader's address", async () => {
  on.node.follow({ id: "n2", address: "10.0.0.2:7400" });
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  stream.write({ requestId: 5, jobs: [job("a")] });
  const refused = refusalOf(await replies.status);
  expect(refused).toMatchObject({
    status: Status.FAILED_PRECONDITION,
    detail: { code: "NOT_LEADER", leaderAddress: "10.0.0.2:7400" },
  });
  expect(replies.messages).toMatchObject([
    { requestId: 5, error: { code: "NOT_LEADER", leaderAddress: "10.0.0.2:7400" } },
  ]);
});

test("when leadership is lost, what was under way is answered before the status", async () => {
  on.node.hold();
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  for (let n = 1; n <= 10; n++) stream.write({ requestId: n, jobs: [job(`j${n}`)] });
  await eventually(() => on.node.inFlight === 10);
  on.node.follow(null);
  await replies.until((messages) => messages.length === 10);
  for (const reply of replies.messages) expect(reply.error?.code).toBe("OUTCOME_UNKNOWN");
  stream.write({ requestId: 11, jobs: [job("late")] });
  expect(refusalOf(await replies.status)).toMatchObject({
    status: Status.UNAVAILABLE,
    detail: { code: "NO_LEADER" },
  });
  expect(replies.messages.at(-1)).toMatchObject({ requestId: 11, error: { code: "NO_LEADER" } });
});

test("a client that leaves in the middle harms nobody", async () => {
  on.node.hold();
  const stream = on.jobs.enqueueStream();
  const replies = new Received(stream);
  stream.write({ requestId: 1, jobs: [job("a")] });
  await eventually(() => on.node.inFlight === 1);
  stream.cancel();
  expect((await replies.status).code).toBe(Status.CANCELLED);
  on.node.release();
  await eventually(() => on.node.inFlight === 0);
  expect(on.node.state.job("a" as never)?.state).toBe("ready");
  expect(on.log.filter((line) => line.level === "error")).toEqual([]);
});
