import * as grpc from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Act } from "../../src/generated/conclave/v1/Act.ts";
import type { EnqueueReply__Output } from "../../src/generated/conclave/v1/EnqueueReply.ts";
import type { JobSpec } from "../../src/generated/conclave/v1/JobSpec.ts";
import { ask, type Harness, job, refusal, start } from "./harness.ts";

let on: Harness;
beforeAll(async () => {
  on = await start();
});
afterAll(() => on[Symbol.asyncDispose]());

const big = 2 ** 53;
const jobCases: readonly (readonly [string, JobSpec, readonly string[]])[] = [
  ["no id", { id: "" }, ["jobs[1].id is empty", "1 to 128"]],
  ["a blank in the id", { id: "a b" }, ['jobs[1].id is "a b"', "[A-Za-z0-9._:/-]"]],
  ["an id of 129", { id: "x".repeat(129) }, ["jobs[1].id", "129 characters"]],
  ["no queue", { queue: "" }, ["jobs[1].queue is empty"]],
  ["a queue beyond the alphabet", { queue: "wärme" }, ['jobs[1].queue is "wärme"']],
  ["an agent of 129", { agent: "x".repeat(129) }, ["jobs[1].agent has 129 characters", "128"]],
  ["a control character in the agent", { agent: "a\nb" }, ['jobs[1].agent is "a\\nb"']],
  ["an unknown priority", { priority: 9 as never }, ["jobs[1].priority is 9", "PRIORITY_HIGH"]],
  ["run_at above 2^53", { runAtMs: big }, ["jobs[1].run_at_ms is 9007199254740992"]],
  ["a delay of 11 years", { delayMs: 347_000_000_000 }, ["jobs[1].delay_ms is 347000000000"]],
  ["a lease of 999 ms", { leaseMs: 999 }, ["jobs[1].lease_ms is 999", "1000 to 86400000", "(30000)"]],
  ["a lease over a day", { leaseMs: 86_400_001 }, ["jobs[1].lease_ms is 86400001"]],
  ["a retention above 10 years", { retentionMs: big }, ["jobs[1].retention_ms"]],
  ["a dead retention above 10 years", { deadRetentionMs: big }, ["jobs[1].dead_retention_ms"]],
  ["1001 attempts", { retry: { maxAttempts: 1001 } }, ["jobs[1].retry.max_attempts is 1001", "1 to 1000"]],
  [
    "a shrinking backoff",
    { retry: { multiplier: 0.5 } },
    ["jobs[1].retry.multiplier is 0.5", "from 1 to 100"],
  ],
  ["a backoff that is no number", { retry: { multiplier: Number.NaN } }, ["jobs[1].retry.multiplier is NaN"]],
  ["an endless backoff", { retry: { multiplier: Number.POSITIVE_INFINITY } }, ["is Infinity"]],
  ["a first delay above the cap", { retry: { initialBackoffMs: 70_000 } }, ["is 70000, above", "60000"]],
  ["a cap of 31 days", { retry: { maxBackoffMs: 31 * 86_400_000 } }, ["jobs[1].retry.max_backoff_ms"]],
  ["an unknown jitter", { retry: { jitter: 7 as never } }, ["jobs[1].retry.jitter is 7"]],
];

test.each(jobCases)("a job with %s refuses the whole batch", async (_name, wrong, mentions) => {
  const batch = [job("good"), { ...job("bad"), ...wrong }];
  const refused = await refusal(ask((done) => on.jobs.enqueue({ jobs: batch }, done)));
  expect(refused).toMatchObject({
    status: grpc.status.INVALID_ARGUMENT,
    detail: { code: "INVALID_ARGUMENT", retryable: false },
  });
  for (const mention of mentions) expect(refused.detail?.message).toContain(mention);
  expect(refused.details).toBe(refused.detail?.message);
  expect(on.node.state.appliedIndex).toBe(0);
});

test("an atomic batch whose jobs wait for more than 10000 others in all is refused with both figures", async () => {
  const ids = Array.from({ length: 1000 }, (_, n) => `p${n}`);
  const jobs = Array.from({ length: 11 }, (_, n) => job(`w${n}`, { waitFor: { ids } }));
  const refused = await refusal(ask((done) => on.jobs.enqueue({ jobs, atomic: true }, done)));
  expect(refused.detail?.message).toContain("wait for 11000 others in all; at most 10000");
  expect(on.node.state.appliedIndex).toBe(0);
});

test("a payload of 256 KiB passes, one byte more is PAYLOAD_TOO_LARGE with both figures", async () => {
  await using own = await start();
  const spec = (bytes: number) => job("large", { payload: Buffer.alloc(bytes) });
  const refused = await refusal(ask((done) => own.jobs.enqueue({ jobs: [spec(262_145)] }, done)));
  expect(refused).toMatchObject({
    status: grpc.status.INVALID_ARGUMENT,
    detail: { code: "PAYLOAD_TOO_LARGE" },
  });
  expect(refused.details).toContain("jobs[0].payload has 262145 bytes; at most 262144");
  const reply = await ask<EnqueueReply__Output>((done) => own.jobs.enqueue({ jobs: [spec(262_144)] }, done));
  expect(reply.results).toHaveLength(1);
});

test("a node may be set to other sizes, and says which are in force", async () => {
  const sizes = { maxPayloadBytes: 300, maxResultBytes: 200, maxCheckpointBytes: 100, maxBatchBytes: 1000 };
  await using own = await start({ sizes });
  const spec = (bytes: number, id = "a") => job(id, { payload: Buffer.alloc(bytes) });
  const act = (more: Act) =>
    ask((done) => own.work.act({ acts: [{ id: "a", fencingToken: 1, ...more }] }, done));
  const refused: readonly (readonly [Promise<unknown>, string])[] = [
    [
      ask((done) => own.jobs.enqueue({ jobs: [spec(301)] }, done)),
      "jobs[0].payload has 301 bytes; at most 300",
    ],
    [
      ask((done) => own.jobs.enqueue({ jobs: ["a", "b", "c", "d"].map((id) => spec(300, id)) }, done)),
      "bytes; at most 1000 are allowed: send jobs in smaller batches",
    ],
    [act({ complete: { result: Buffer.alloc(201) } }), "acts[0].complete.result has 201 bytes; at most 200"],
    [act({ checkpoint: { data: Buffer.alloc(101) } }), "acts[0].checkpoint.data has 101 bytes; at most 100"],
  ];
  for (const [call, message] of refused) {
    const { detail, details } = await refusal(call);
    expect(detail?.code).toBe("PAYLOAD_TOO_LARGE");
    expect(details).toContain(message);
  }
  const reply = await ask<EnqueueReply__Output>((done) => own.jobs.enqueue({ jobs: [spec(300)] }, done));
  expect(reply.results).toHaveLength(1);
});

test("a batch over 4 MiB is refused by its size, one far beyond by the server itself", async () => {
  const batch = (count: number) =>
    Array.from({ length: count }, (_, n) => job(`j${n}`, { payload: Buffer.alloc(262_144) }));
  const refused = await refusal(ask((done) => on.jobs.enqueue({ jobs: batch(17) }, done)));
  expect(refused.detail).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  expect(refused.details).toMatch(/^the request has 44\d{5} bytes; at most 4194304/);
  const flood = await refusal(ask((done) => on.jobs.enqueue({ jobs: batch(40) }, done)));
  expect(flood).toMatchObject({ status: grpc.status.RESOURCE_EXHAUSTED, detail: null });
});

test("10001 jobs are refused with the count", async () => {
  const jobs = Array.from({ length: 10_001 }, (_, n) => ({ id: `j${n}`, queue: "q" }));
  const refused = await refusal(ask((done) => on.jobs.enqueue({ jobs }, done)));
  expect(refused.details).toBe("jobs holds 10001 items; send at most 10000 in one request");
});

test("reads and cancels are checked as well", async () => {
  const wrong: readonly (readonly [Promise<unknown>, string])[] = [
    [ask((done) => on.jobs.get({ id: "" }, done)), "id is empty"],
    [ask((done) => on.jobs.get({ id: "a", consistency: 5 as never }, done)), "consistency is 5"],
    [
      ask((done) => on.jobs.list({ limit: 1001 }, done)),
      "limit is 1001; it must be a whole number from 1 to 1000",
    ],
    [ask((done) => on.jobs.list({ after: "?" }, done)), 'after is "?"'],
    [ask((done) => on.jobs.list({ queue: "?" }, done)), 'queue is "?"'],
    [ask((done) => on.jobs.list({ state: 77 as never }, done)), "state is 77"],
    [ask((done) => on.jobs.cancel({ ids: ["ok", ""] }, done)), "ids[1] is empty"],
    [
      ask((done) => on.jobs.cancel({ ids: [], reason: "x".repeat(1025) }, done)),
      "reason has 1025 characters",
    ],
  ];
  for (const [call, mention] of wrong) {
    const refused = await refusal(call);
    expect(refused.detail?.code).toBe("INVALID_ARGUMENT");
    expect(refused.details).toContain(mention);
  }
});

const actCases: readonly (readonly [string, Act, string, string])[] = [
  ["no token", { id: "a", extend: {} }, "INVALID_ARGUMENT", "acts[0].fencing_token is 0"],
  [
    "a token above 2^53",
    { id: "a", fencingToken: big, extend: {} },
    "INVALID_ARGUMENT",
    "acts[0].fencing_token",
  ],
  ["no id", { fencingToken: 1, extend: {} }, "INVALID_ARGUMENT", "acts[0].id is empty"],
  ["no act", { id: "a", fencingToken: 1 }, "INVALID_ARGUMENT", "complete, fail, extend, release"],
  [
    "a result over the limit",
    { id: "a", fencingToken: 1, complete: { result: Buffer.alloc(262_145) } },
    "PAYLOAD_TOO_LARGE",
    "acts[0].complete.result has 262145 bytes",
  ],
  [
    "a far retry",
    { id: "a", fencingToken: 1, fail: { retryAfterMs: big } },
    "INVALID_ARGUMENT",
    "acts[0].fail.retry_after_ms",
  ],
];

test.each(actCases)("an act with %s is refused", async (_name, act, code, mention) => {
  const refused = await refusal(ask((done) => on.work.act({ acts: [act] }, done)));
  expect(refused.detail?.code).toBe(code);
  expect(refused.details).toContain(mention);
});

test("claims are checked before a worker is opened", async () => {
  const worker = { workerId: "w", queues: ["q"] };
  const wrong: readonly (readonly [object, string])[] = [
    [{ ...worker, workerId: "" }, "worker_id is empty"],
    [{ ...worker, queues: [] }, "queues is empty; name 1 to 64"],
    [
      { ...worker, queues: Array.from({ length: 65 }, (_, n) => `q${n}`) },
      "queues names 65 queues; at most 64",
    ],
    [{ ...worker, queues: ["q", "!"] }, 'queues[1] is "!"'],
    [{ ...worker, slots: 1001 }, "slots is 1001"],
    [{ ...worker, waitMs: 60_001 }, "wait_ms is 60001"],
  ];
  for (const [request, mention] of wrong) {
    const refused = await refusal(ask((done) => on.work.claim(request, done)));
    expect(refused.detail?.code).toBe("INVALID_ARGUMENT");
    expect(refused.details).toContain(mention);
  }
  expect(on.node.workers).toBe(0);
});

test("bytes that are no message are INVALID_ARGUMENT, not a bare INTERNAL", async () => {
  const client = new grpc.Client(on.address, grpc.credentials.createInsecure());
  const raw = (bytes: Buffer): Promise<unknown> =>
    ask((done) =>
      client.makeUnaryRequest(
        "/conclave.v1.Jobs/Enqueue",
        (value: Buffer) => value,
        (value: Buffer) => value,
        bytes,
        done,
      ),
    );
  try {
    const refused = await refusal(raw(Buffer.from([0x12, 0xff, 0x01])));
    expect(refused).toMatchObject({
      status: grpc.status.INVALID_ARGUMENT,
      detail: { code: "INVALID_ARGUMENT" },
    });
    expect(refused.details).toContain("not the method's message");
  } finally {
    client.close();
  }
});

test("hostile text comes back quoted and short, in a status that can be sent", async () => {
  const id = `\u0000"\r\n<script>${"𝄞".repeat(4000)}`;
  const refused = await refusal(ask((done) => on.jobs.get({ id }, done)));
  expect(refused.detail?.code).toBe("INVALID_ARGUMENT");
  expect(refused.details.length).toBeLessThan(300);
  expect(refused.details).not.toContain("\n");
});
