import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ClaimedJob__Output } from "../../src/generated/conclave/v1/ClaimedJob.ts";
import type { ClaimReply__Output } from "../../src/generated/conclave/v1/ClaimReply.ts";
import type { HeldClaim } from "../../src/generated/conclave/v1/HeldClaim.ts";
import type { Subscribe } from "../../src/generated/conclave/v1/Subscribe.ts";
import type { WorkMessage__Output } from "../../src/generated/conclave/v1/WorkMessage.ts";
import { ask, type Harness, job, Received, refusalOf, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
});
afterEach(() => on[Symbol.asyncDispose]());

const enqueue = (...ids: string[]) =>
  ask((done) => on.jobs.enqueue({ jobs: ids.map((id) => job(id)) }, done));
const jobOf = (id: string) => on.node.state.job(id as never);

/** One stream of worker w1, session 77 unless told. */
function open(subscribe: Subscribe) {
  const stream = on.work.stream();
  const received = new Received<WorkMessage__Output>(stream);
  stream.write({ subscribe: { workerId: "w1", queues: ["q"], session: 77, ...subscribe } });
  const jobs = (count: number) =>
    received.until((messages): readonly ClaimedJob__Output[] | false => {
      const all = messages.flatMap((message) => message.jobs?.jobs ?? []);
      return all.length === count && all;
    });
  return { stream, received, jobs, subscribed: () => received.until((messages) => messages[0]?.subscribed) };
}

const heldOf = (jobs: readonly ClaimedJob__Output[]): HeldClaim[] =>
  jobs.map(({ id, fencingToken }) => ({ id, fencingToken }));

test("a worker that is back keeps what it holds and is handed anew what never came, at no cost", async () => {
  await enqueue("a", "b", "c");
  const before = open({ stream: 1, credits: 2 });
  const [a, b] = await before.jobs(2);
  before.stream.cancel();
  const after = open({ stream: 2, credits: 3, held: { claims: heldOf(a === undefined ? [] : [a]) } });
  const handed = await after.jobs(2);
  expect(handed.map(({ id, attempt }) => [id, attempt])).toEqual([
    ["b", 1],
    ["c", 1],
  ]);
  expect(handed[0]?.fencingToken).toBeGreaterThan(b?.fencingToken ?? Number.POSITIVE_INFINITY);
  expect(jobOf("a")?.claim?.token).toBe(a?.fencingToken);
  expect(jobOf("b")?.history).toMatchObject([{ end: "released", token: b?.fencingToken }]);
  after.stream.end();
});

test.each<readonly [string, Subscribe, readonly string[]]>([
  ["an empty list gives back all", { stream: 2, held: { claims: [] } }, ["ready", "ready"]],
  ["no list gives back nothing", { stream: 2 }, ["running", "running"]],
  [
    "a new session gives back nothing",
    { session: 78, stream: 2, held: { claims: [] } },
    ["running", "running"],
  ],
  ["nor does a worker without one", { session: 0 }, ["running", "running"]],
])("%s", async (_what, subscribe, states) => {
  await enqueue("a", "b");
  const before = open({ stream: 1, credits: 2 });
  await before.jobs(2);
  const after = open({ credits: 0, ...subscribe });
  await after.subscribed();
  expect([jobOf("a")?.state, jobOf("b")?.state]).toEqual(states);
  before.stream.end();
  after.stream.end();
});

test("what was claimed by a unary call belongs to no stream", async () => {
  await enqueue("a");
  const request = { workerId: "w1", queues: ["q"], slots: 1, waitMs: 5_000 };
  const { jobs } = await ask<ClaimReply__Output>((done) => on.work.claim(request, done));
  expect(jobs.map(({ id }) => id)).toEqual(["a"]);
  const after = open({ stream: 2, held: { claims: [] } });
  await after.subscribed();
  expect(jobOf("a")).toMatchObject({ state: "running", claim: { stream: null } });
  after.stream.end();
});

const tooMany = Array.from({ length: 10_001 }, (_, n) => ({ id: `j${n}`, fencingToken: 1 }));

test.each<readonly [string, Subscribe, string]>([
  ["held without a session", { session: 0, held: {} }, "subscribe.held is set, but subscribe.session is not"],
  [
    "held on the first stream",
    { stream: 1, held: {} },
    "subscribe.held is set on the session's first stream",
  ],
  ["a stream without a session", { session: 0, stream: 1 }, "subscribe.stream is 1, but"],
  ["a session without a stream", { session: 5 }, "subscribe.stream is 0"],
  ["a session above 2^53", { session: 2 ** 53, stream: 1 }, "subscribe.session is 9007199254740992"],
  ["10001 claims", { stream: 2, held: { claims: tooMany } }, "subscribe.held.claims holds 10001 items"],
  [
    "a claim without an id",
    { stream: 2, held: { claims: [{ fencingToken: 1 }] } },
    "subscribe.held.claims[0].id is empty",
  ],
  [
    "a claim without a token",
    { stream: 2, held: { claims: [{ id: "a" }] } },
    "subscribe.held.claims[0].fencing_token is 0",
  ],
])("%s is refused, and nothing is given back", async (_what, subscribe, mention) => {
  await enqueue("a");
  const before = open({ stream: 1, credits: 1 });
  await before.jobs(1);
  const refused = refusalOf(await open(subscribe).received.status);
  expect(refused).toMatchObject({ status: Status.INVALID_ARGUMENT, detail: { code: "INVALID_ARGUMENT" } });
  expect(refused.details).toContain(mention);
  expect(jobOf("a")?.state).toBe("running");
  before.stream.end();
});

test("10000 claims are taken", async () => {
  const { stream, subscribed } = open({ stream: 2, held: { claims: tooMany.slice(1) } });
  expect(await subscribed()).toMatchObject({ leaderId: "n1" });
  stream.end();
});
