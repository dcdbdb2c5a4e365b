import * as fc from "fast-check";
import { FencingToken, JobId, LogTimeMs } from "../../src/base/brands.ts";
import type { Act, Command, JobSpec } from "../../src/machine/types.ts";
import type { MachineView } from "../../src/machine/view.ts";
import { spec } from "./harness.ts";

/** Random histories of one queue, of jobs with all that a job can have but agents and keys. */

const name = fc.nat({ max: 12 }).map((n) => `j${n}`);

const jobs: fc.Arbitrary<JobSpec> = fc
  .record({
    id: name,
    retry: fc.record({
      maxAttempts: fc.constantFrom(1, 2, 3),
      initialBackoffMs: fc.constantFrom(0, 10, 100),
      multiplier: fc.constant(2),
      maxBackoffMs: fc.constant(1_000),
      jitter: fc.constantFrom("none" as const, "decorrelated" as const),
    }),
    delayMs: fc.constantFrom(0, 0, 0, 50),
    retentionMs: fc.constantFrom(0, 100, 100_000),
    deadRetentionMs: fc.constantFrom(100, 100_000),
    leaseMs: fc.constantFrom(50, 10_000),
    payload: fc.uint8Array({ maxLength: 20 }),
    dedup: fc.option(
      fc.record({
        key: fc.constantFrom("k", "l"),
        mode: fc.constantFrom("return" as const, "reject" as const, "replace" as const, "force" as const),
        windowMs: fc.constantFrom(0, 200, 5_000),
      }),
    ),
    timeouts: fc.option(
      fc.record({
        queueMs: fc.constantFrom(0, 30),
        attemptMs: fc.constantFrom(0, 20),
        totalMs: fc.constantFrom(0, 300),
      }),
    ),
    waitFor: fc.option(
      fc.record({
        ids: fc.uniqueArray(name.map(JobId), { minLength: 1, maxLength: 3 }),
        onFailure: fc.constantFrom("fail" as const, "cancel" as const, "run" as const),
      }),
    ),
  })
  .map(({ id, dedup, timeouts, waitFor, ...rest }) =>
    spec(id, {
      ...rest,
      ...(dedup !== null && { dedup }),
      ...(timeouts !== null && { timeouts }),
      ...(waitFor !== null && { waitFor }),
    }),
  );

const acts = fc.constantFrom<Act["type"]>("complete", "fail", "release", "checkpoint", "progress", "extend");

export const step = fc.record({
  elapsed: fc.constantFrom(0, 1, 10, 50, 500),
  intent: fc.oneof(
    { weight: 4, arbitrary: fc.record({ specs: fc.array(jobs, { maxLength: 5 }), atomic: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ slots: fc.constantFrom(1, 2, 3) }) },
    {
      weight: 6,
      arbitrary: fc.record({ act: acts, pick: fc.nat({ max: 20 }), delayMs: fc.nat({ max: 1 }) }),
    },
    { weight: 1, arbitrary: fc.record({ cancel: name.map(JobId) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        manage: fc.constantFrom("runNow" as const, "redrive" as const, "delete" as const),
        ids: fc.array(name.map(JobId), { maxLength: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ maxEnded: fc.constantFrom(0, 1, 3), maxEndedBytes: fc.nat(30) }) },
    { weight: 4, arbitrary: fc.constant({ fire: true as const }) },
  ),
  checkpoint: fc.boolean(),
  restart: fc.constantFrom(false, false, true),
});
export type Intent =
  typeof step extends fc.Arbitrary<infer Step extends { intent: unknown }> ? Step["intent"] : never;

/** By what the machine holds at that moment, as a leader would, so that most acts meet a job they fit. */
export function concrete(intent: Intent, machine: MachineView, now: number): Command {
  if ("specs" in intent)
    return { type: "enqueue", jobs: intent.specs, ...(intent.atomic && { atomic: true as const }) };
  if ("slots" in intent) return { type: "claim", workerId: "w", queues: ["mail"], slots: intent.slots };
  if ("act" in intent) return { type: "act", acts: [actOn(intent, machine)] };
  if ("cancel" in intent) return { type: "cancel", ids: [intent.cancel], reason: "test" };
  if ("manage" in intent)
    return { type: "manage", action: intent.manage, ids: intent.ids, by: "ann", why: "" };
  if ("maxEnded" in intent) return { type: "setQueue", queue: "mail", patch: intent };
  const claims = machine.expiredClaims(LogTimeMs(now), 5);
  return claims.length > 0 ? { type: "expireClaims", claims } : { type: "fireTimers" };
}

function actOn(intent: Extract<Intent, { act: unknown }>, machine: MachineView): Act {
  const running = machine.list({ state: "running", limit: 100 });
  const job = running[intent.pick % Math.max(1, running.length)];
  const held = { id: job?.spec.id ?? JobId("none"), token: job?.lastToken ?? FencingToken(1) };
  switch (intent.act) {
    case "complete":
      return { type: "complete", ...held, result: Uint8Array.of(intent.pick) };
    case "fail":
      return { type: "fail", ...held, error: "e", retryable: intent.pick % 3 > 0, retryAfterMs: null };
    case "extend":
      return { type: "extend", ...held };
    case "release":
      return { type: "release", ...held, ...(intent.delayMs > 0 && { delayMs: 40 }) };
    case "checkpoint":
      return { type: "checkpoint", ...held, data: Uint8Array.of(intent.pick) };
    case "progress":
      return { type: "progress", ...held, percent: intent.pick, note: "n" };
  }
}
