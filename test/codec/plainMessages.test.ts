import type { MethodDefinition } from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { serviceDefinition } from "../../src/api/grpc/services.ts";
import { FencingToken, JobId, LogTimeMs } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { protocol } from "../../src/client/protocol.ts";
import { acts } from "../../src/codec/api/acts.ts";
import { claimedJobToWire } from "../../src/codec/api/claims.ts";
import { type EnqueueAsked, enqueueAnswerToWire } from "../../src/codec/api/enqueueMessages.ts";
import { jobSpecs, jobSpecToWire } from "../../src/codec/api/jobSpec.ts";
import { defaultSizes } from "../../src/codec/api/limits.ts";
import { loaderOptions } from "../../src/codec/api/loaderOptions.ts";
import type { ActsAsked, WorkAnswer } from "../../src/codec/api/workMessages.ts";
import { protoDir } from "../../src/codec/proto.ts";
import type { Act as WireAct } from "../../src/generated/conclave/v1/Act.ts";
import type { EnqueueRequest__Output } from "../../src/generated/conclave/v1/EnqueueRequest.ts";
import type { JobSpec as WireSpec } from "../../src/generated/conclave/v1/JobSpec.ts";
import type { WorkerMessage__Output } from "../../src/generated/conclave/v1/WorkerMessage.ts";
import type { ClaimedJob, EnqueueResult, JobSpec } from "../../src/machine/types.ts";
import { jobStates, priorities } from "../../src/machine/types.ts";
import { damaged } from "./damaged.ts";

type Method = MethodDefinition<object, object>;

/** As the proto loader reads and writes them. */
const plain: PackageDefinition = loadSync(["conclave/v1/jobs.proto", "conclave/v1/work.proto"], {
  includeDirs: [protoDir],
  keepCase: false,
  ...loaderOptions,
});
const methodOf = (service: string, name: string): Method =>
  (plain[`conclave.v1.${service}`] as unknown as Record<string, Method>)[name] as Method;
const loaded = { enqueue: methodOf("Jobs", "EnqueueStream"), work: methodOf("Work", "Stream") };
const server = {
  enqueue: serviceDefinition("Jobs")["EnqueueStream"] as unknown as Method,
  work: serviceDefinition("Work")["Stream"] as unknown as Method,
};
const client = {
  enqueue: protocol.Jobs.service.EnqueueStream as unknown as Method,
  work: protocol.Work.service.Stream as unknown as Method,
};

const name = fc.stringMatching(/^[A-Za-z0-9._:/-]{1,40}$/);
const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each));
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const small = fc.constantFrom(0, 0, 0, 1, 5_000, 2 ** 33);
const requestId = fc.maxSafeNat();

const plainSpec: fc.Arbitrary<WireSpec> = fc.record({
  id: fc.oneof(name, text),
  queue: fc.constantFrom("mail", "reports"),
  priority: fc.constantFrom("PRIORITY_UNSPECIFIED", "PRIORITY_NORMAL", "PRIORITY_LOW"),
  payload: bytes,
  agent: fc.constantFrom("", "", "gpt", "übersetzer"),
  runAtMs: small,
  delayMs: small,
  leaseMs: fc.constantFrom(0, 0, 5_000, 1),
  retentionMs: small,
  deadRetentionMs: small,
});
const features: fc.Arbitrary<WireSpec> = fc.record(
  {
    retry: fc.constantFrom(
      { maxAttempts: 3 },
      { maxAttempts: 2, multiplier: 1.5, backoff: "BACKOFF_FIXED" as const },
      { backoff: "BACKOFF_LIST" as const, delaysMs: [1, 300] },
    ),
    tags: fc.array(name, { maxLength: 2 }),
    key: fc.constantFrom("", "tenant"),
    dedup: fc.record({ key: name, windowMs: small }),
    timeouts: fc.record({ attemptMs: small }),
    rejectWhenOpen: fc.boolean(),
    waitFor: fc.record({ ids: fc.array(name, { minLength: 1, maxLength: 2 }) }),
  },
  { requiredKeys: [] },
);
const wireSpec = fc
  .tuple(plainSpec, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: features }))
  .map(([spec, more]): WireSpec => ({ ...spec, ...more }));
const request = fc.record({
  requestId,
  jobs: fc.array(wireSpec, { maxLength: 6 }),
  atomic: fc.boolean(),
});

/** What a handler makes of bytes: the value, or the error that goes to the client. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return bare(read());
  } catch (error) {
    return error instanceof ConclaveError ? [error.code, error.message] : "malformed";
  }
}

/** With all bytes as plain arrays: whether they are a Buffer is nobody's business. */
function bare(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bare(each)]));
}

function received(method: Method, message: Buffer): { readonly message: object; readonly bytes: number } {
  const request = method.requestDeserialize(message);
  if ("malformed" in request) throw new Error("malformed");
  return request as { readonly message: object; readonly bytes: number };
}

const hand = {
  specs: (message: Buffer): readonly JobSpec[] =>
    jobSpecs(received(server.enqueue, message).message as EnqueueAsked, 1, defaultSizes),
  requestId: (message: Buffer) => (received(server.enqueue, message).message as EnqueueAsked).requestId,
  acts: (message: Buffer): unknown => {
    const {
      acts: asked,
      subscribe,
      credits,
      drain,
    } = received(server.work, message).message as WorkerMessage__Output & {
      readonly acts?: ActsAsked | null;
    };
    return asked
      ? [asked.requestId, acts(asked, 1, defaultSizes)]
      : [subscribe ?? null, credits ?? null, drain ?? null];
  },
};
const slow = {
  specs: (message: Buffer): readonly JobSpec[] =>
    jobSpecs(loaded.enqueue.requestDeserialize(message) as EnqueueRequest__Output, 1, defaultSizes),
  requestId: (message: Buffer) =>
    (loaded.enqueue.requestDeserialize(message) as EnqueueRequest__Output).requestId,
  acts: (message: Buffer): unknown => {
    const {
      acts: asked,
      subscribe,
      credits,
      drain,
    } = loaded.work.requestDeserialize(message) as WorkerMessage__Output;
    return asked
      ? [asked.requestId, acts(asked, 1, defaultSizes)]
      : [subscribe ?? null, credits ?? null, drain ?? null];
  },
};

describe("the messages that are written and read by hand mean what protobufjs says", () => {
  test("an enqueue request, by the client", () => {
    fc.assert(
      fc.property(request, (original) => {
        const byHand = loaded.enqueue.requestDeserialize(client.enqueue.requestSerialize(original));
        // An empty retry policy and the like are left out by neither; that nothing is set is the same as zero.
        expect(byHand).toEqual(loaded.enqueue.requestDeserialize(loaded.enqueue.requestSerialize(original)));
      }),
      { numRuns: 300 },
    );
  });

  test("an enqueue request, at the server: the same jobs, or refused with the same words", () => {
    const check = (message: Buffer) => {
      expect(outcomeOf(() => hand.specs(message))).toEqual(outcomeOf(() => slow.specs(message)));
      expect(outcomeOf(() => hand.requestId(message))).toEqual(outcomeOf(() => slow.requestId(message)));
    };
    fc.assert(
      fc.property(request, (each) => check(client.enqueue.requestSerialize(each))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(request, (each) => check(loaded.enqueue.requestSerialize(each))),
      { numRuns: 300 },
    );
    const message = request.map((each) => client.enqueue.requestSerialize(each));
    fc.assert(
      fc.property(damaged(message), (each) => check(Buffer.from(each))),
      { numRuns: 1_500 },
    );
  });

  test("a payload beyond the node's bound is refused, whatever the job", () => {
    const payload = Buffer.alloc(defaultSizes.maxPayloadBytes + 1);
    const message = client.enqueue.requestSerialize({ jobs: [{ id: "a", queue: "q", payload }] });
    expect(() => hand.specs(message)).toThrow(
      expect.objectContaining({
        code: "PAYLOAD_TOO_LARGE",
        message: expect.stringContaining("jobs[0].payload"),
      }),
    );
  });

  const result: fc.Arbitrary<EnqueueResult> = fc
    .tuple(name, fc.constantFrom(...jobStates), fc.boolean(), fc.integer({ min: 0, max: 9 }))
    .map(([id, state, existing, refused]) =>
      refused === 0
        ? {
            id: JobId(id),
            state: "cancelled",
            existing: false,
            refusal: { code: "DUPLICATE", message: "held" },
          }
        : { id: JobId(id), state, existing },
    );

  test("an enqueue reply, at both ends", () => {
    fc.assert(
      fc.property(requestId, fc.array(result, { maxLength: 8 }), (id, results) => {
        const answer = { requestId: id, results };
        const wanted = loaded.enqueue.responseDeserialize(
          loaded.enqueue.responseSerialize(enqueueAnswerToWire(answer)),
        );
        const message = server.enqueue.responseSerialize(answer);
        expect(loaded.enqueue.responseDeserialize(message)).toEqual(wanted);
        expect(client.enqueue.responseDeserialize(message)).toEqual(wanted);
      }),
    );
  });

  test("an enqueue reply that is damaged", () => {
    const reply = fc
      .record({ requestId, results: fc.array(result, { maxLength: 4 }) })
      .map((answer) => server.enqueue.responseSerialize(answer));
    fc.assert(
      fc.property(damaged(reply), (each) => {
        const message = Buffer.from(each);
        expect(outcomeOf(() => client.enqueue.responseDeserialize(message))).toEqual(
          outcomeOf(() => loaded.enqueue.responseDeserialize(message)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  const act: fc.Arbitrary<WireAct> = fc
    .tuple(
      fc.oneof(name, text),
      fc.oneof(fc.maxSafeNat(), fc.constant(1)),
      fc.oneof<fc.Arbitrary<WireAct>[]>(
        bytes.map((data) => ({ complete: { result: data } })),
        fc.constant({ extend: {} }),
        fc.record({ fail: fc.record({ error: text, notRetryable: fc.boolean(), retryAfterMs: small }) }),
        fc.record({ release: fc.record({ delayMs: small }) }),
        bytes.map((data) => ({ checkpoint: { data } })),
        fc.record({ progress: fc.record({ percent: fc.integer({ min: -1, max: 100 }), note: text }) }),
      ),
    )
    .map(([id, fencingToken, what]) => ({ id, fencingToken, ...what }));
  const workerMessage = fc.oneof(
    fc.record({ acts: fc.record({ requestId, acts: fc.array(act, { maxLength: 6 }) }) }),
    fc.record({ credits: fc.record({ count: fc.nat() }) }),
    fc.record({ subscribe: fc.record({ workerId: name, queues: fc.array(name, { maxLength: 3 }) }) }),
  );

  test("what a worker says, by the client", () => {
    fc.assert(
      fc.property(workerMessage, (original) => {
        expect(loaded.work.requestDeserialize(client.work.requestSerialize(original))).toEqual(
          loaded.work.requestDeserialize(loaded.work.requestSerialize(original)),
        );
      }),
    );
  });

  test("what a worker says, at the server: the same acts, or refused with the same words", () => {
    const check = (message: Buffer) => {
      expect(outcomeOf(() => hand.acts(message))).toEqual(outcomeOf(() => slow.acts(message)));
    };
    const message = workerMessage.map((each) => client.work.requestSerialize(each));
    fc.assert(fc.property(message, check), { numRuns: 300 });
    fc.assert(
      fc.property(damaged(message), (each) => check(Buffer.from(each))),
      { numRuns: 1_500 },
    );
  });

  const claimed: fc.Arbitrary<ClaimedJob> = fc.record(
    {
      id: name.map(JobId),
      queue: fc.oneof(name, text),
      priority: fc.constantFrom(...priorities),
      payload: bytes,
      agent: text,
      token: fc.maxSafeNat().map(FencingToken),
      attempt: fc.nat(),
      maxAttempts: fc.nat(),
      leaseMs: fc.maxSafeNat(),
      expiresAt: fc.maxSafeNat().map(LogTimeMs),
      tags: fc.array(name, { minLength: 1, maxLength: 3 }),
      key: text,
      attemptTimeoutMs: fc.maxSafeNat(),
      checkpoint: fc.record({
        data: bytes,
        at: fc.maxSafeNat().map(LogTimeMs),
        token: fc.maxSafeNat().map(FencingToken),
      }),
    },
    {
      requiredKeys: [
        "id",
        "queue",
        "priority",
        "payload",
        "agent",
        "token",
        "attempt",
        "maxAttempts",
        "leaseMs",
        "expiresAt",
      ],
    },
  );
  const answer: fc.Arbitrary<WorkAnswer> = fc.oneof<fc.Arbitrary<WorkAnswer>[]>(
    fc.record({ claimed: fc.array(claimed, { minLength: 1, maxLength: 4 }) }),
    fc.record({
      acted: fc.record({
        requestId,
        results: fc.array(
          fc.oneof(
            fc.constant({ ok: true, type: "complete" } as const),
            fc.record({
              ok: fc.constant(true as const),
              type: fc.constant("extend" as const),
              expiresAt: fc.maxSafeNat().map(LogTimeMs),
              cancelRequested: fc.boolean(),
            }),
            fc.constant({ ok: false, code: "STALE_TOKEN", message: "taken back" } as const),
          ),
          { maxLength: 6 },
        ),
      }),
    }),
  );

  test("what a worker is told, at both ends; also when it is damaged", () => {
    fc.assert(
      fc.property(answer, (original) => {
        const message = server.work.responseSerialize(original);
        const wanted = loaded.work.responseDeserialize(message);
        expect(client.work.responseDeserialize(message)).toEqual(wanted);
        if (!("claimed" in original)) return;
        const jobs = { jobs: { jobs: original.claimed.map(claimedJobToWire) } };
        expect(wanted).toEqual(loaded.work.responseDeserialize(loaded.work.responseSerialize(jobs)));
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(damaged(answer.map((each) => server.work.responseSerialize(each))), (each) => {
        const message = Buffer.from(each);
        expect(outcomeOf(() => client.work.responseDeserialize(message))).toEqual(
          outcomeOf(() => loaded.work.responseDeserialize(message)),
        );
      }),
      { numRuns: 1_500 },
    );
  });

  test("a job's spec comes back as it was, through the client's bytes", () => {
    const spec = jobSpecToWire({
      id: JobId("a"),
      queue: "q",
      priority: "high",
      payload: Buffer.from("x"),
      agent: "",
      runAt: LogTimeMs(0),
      delayMs: 0,
      retry: { maxAttempts: 5, initialBackoffMs: 1, multiplier: 2, maxBackoffMs: 9, jitter: "none" },
      leaseMs: 30_000,
      retentionMs: 1,
      deadRetentionMs: 1,
    });
    const [job] = hand.specs(client.enqueue.requestSerialize({ jobs: [spec] }));
    expect(job?.retry.jitter).toBe("none");
  });
});
