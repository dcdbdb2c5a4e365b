import { FencingToken } from "../../base/brands.ts";
import type { ClaimedJob } from "../../generated/conclave/v1/ClaimedJob.ts";
import type { ClaimRequest__Output } from "../../generated/conclave/v1/ClaimRequest.ts";
import type { Credits__Output } from "../../generated/conclave/v1/Credits.ts";
import type { HeldClaims__Output } from "../../generated/conclave/v1/HeldClaims.ts";
import type { Subscribe__Output } from "../../generated/conclave/v1/Subscribe.ts";
import type { WorkMessage } from "../../generated/conclave/v1/WorkMessage.ts";
import type * as machine from "../../machine/types.ts";
import { name, refuse, within, withinOr } from "./check.ts";
import { wireEnd, wirePriority } from "./enums.ts";
import { jobId } from "./jobId.ts";
import { checkpointToWire, dependenciesToWire, dependencyBytes } from "./jobParts.ts";
import { defaults, limits } from "./limits.ts";

export interface Subscription {
  readonly workerId: string;
  readonly queues: readonly string[];
  readonly credits: number;
  readonly stream?: machine.WorkerStream;
  readonly held?: readonly machine.HeldClaim[];
}

export function subscription(at: string, message: Subscribe__Output): Subscription {
  return {
    workerId: name(`${at}worker_id`, message.workerId),
    queues: queueNames(`${at}queues`, message.queues),
    credits: within(`${at}credits`, message.credits, 0, limits.maxCredits),
    ...streamOf(at, message),
  };
}

/** The stream's place in its worker's session, if it has one, and what the worker holds from the streams before. */
function streamOf(
  at: string,
  { session, stream, held }: Subscribe__Output,
): Pick<Subscription, "stream" | "held"> {
  if (session === 0) {
    if (stream !== 0) refuse(`${at}stream`, `is ${stream}, but ${at}session is not set`);
    if (held !== null) refuse(`${at}held`, `is set, but ${at}session is not`);
    return {};
  }
  within(`${at}session`, session, 1, Number.MAX_SAFE_INTEGER);
  const number = within(`${at}stream`, stream, 1, maxStream);
  if (held === null) return { stream: { session, number } };
  if (number === 1) {
    refuse(`${at}held`, "is set on the session's first stream: nothing can have come before it");
  }
  return { stream: { session, number }, held: heldClaims(`${at}held.claims`, held) };
}

const maxStream = 2 ** 32 - 1;

function heldClaims(field: string, { claims }: HeldClaims__Output): readonly machine.HeldClaim[] {
  if (claims.length > limits.maxHeld) {
    refuse(
      field,
      `holds ${claims.length} items; at most ${limits.maxHeld} are allowed: leave held out instead`,
    );
  }
  return claims.map(({ id, fencingToken }, index) => ({
    id: jobId(`${field}[${index}].id`, id),
    token: FencingToken(within(`${field}[${index}].fencing_token`, fencingToken, 1, Number.MAX_SAFE_INTEGER)),
  }));
}

export function claimRequest(
  message: ClaimRequest__Output,
): Omit<Subscription, "stream" | "held"> & { readonly waitMs: number } {
  return {
    workerId: name("worker_id", message.workerId),
    queues: queueNames("queues", message.queues),
    credits: withinOr(defaults.claimSlots, "slots", message.slots, 1, limits.maxClaimSlots),
    waitMs: within("wait_ms", message.waitMs, 0, limits.maxWaitMs, " (milliseconds)"),
  };
}

/** More room: `outstanding` is what the worker has left, and the sum is bounded as at the start. */
export function moreCredits(message: Credits__Output, outstanding: number): number {
  const count = within("credits.count", message.count, 1, limits.maxCredits);
  if (outstanding + count > limits.maxCredits) {
    refuse(
      "credits.count",
      `is ${count} on top of ${outstanding} unused ones; a worker may have at most ${limits.maxCredits}`,
    );
  }
  return count;
}

function queueNames(field: string, queues: readonly string[]): readonly string[] {
  if (queues.length === 0) refuse(field, "is empty; name 1 to 64 queues");
  if (queues.length > limits.maxQueues) {
    refuse(field, `names ${queues.length} queues; at most ${limits.maxQueues} are allowed`);
  }
  const names = queues.map((queue, index) => name(`${field}[${index}]`, queue));
  return [...new Set(names)];
}

export function claimedJobToWire(job: machine.ClaimedJob): ClaimedJob {
  return {
    id: job.id,
    queue: job.queue,
    priority: wirePriority[job.priority],
    payload: job.payload,
    agent: job.agent,
    fencingToken: job.token,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    leaseMs: job.leaseMs,
    expiresAtMs: job.expiresAt,
    ...(job.checkpoint !== undefined && { checkpoint: checkpointToWire(job.checkpoint) }),
    ...(job.dependencies !== undefined && { dependencies: dependenciesToWire(job.dependencies) }),
    ...(job.attemptTimeoutMs !== undefined && { attemptTimeoutMs: job.attemptTimeoutMs }),
    ...(job.tags !== undefined && { tags: [...job.tags] }),
    ...(job.key !== undefined && { key: job.key }),
  };
}

/**
 * An upper bound of the job's size in a message: the payload, an id and a queue of 128 bytes, agent, key and tags at 3
 * bytes a character, the numbers, and what earlier attempts and other jobs hand to it.
 */
function claimedJobBytes(job: machine.ClaimedJob): number {
  const { payload, checkpoint, key = "", tags = [], dependencies = [] } = job;
  const texts = tags.reduce((sum, tag) => sum + 3 * tag.length + 2, 3 * key.length);
  const inherited =
    (checkpoint === undefined ? 0 : checkpoint.data.length + 32) + dependencyBytes(dependencies);
  return payload.length + 800 + texts + inherited;
}

/** How many of `jobs`, from the front, fit into one message of `maxBytes`; at least one if there is any. */
export function fittingJobs(jobs: readonly machine.ClaimedJob[], maxBytes: number): number {
  let bytes = 0;
  for (const [index, job] of jobs.entries()) {
    bytes += claimedJobBytes(job);
    if (bytes > maxBytes) return Math.max(1, index);
  }
  return jobs.length;
}

/** Messages to the holder of claims: what is to be cancelled, and what has ended. */
export function claimNewsToWire(news: readonly machine.ClaimNews[]): readonly WorkMessage[] {
  const cancelled = news.filter(({ end }) => end === null);
  const ended = news.flatMap(({ id, token, end }) =>
    end === null ? [] : [{ id, fencingToken: token, end: wireEnd[end] }],
  );
  return [
    ...(cancelled.length === 0
      ? []
      : [{ cancelRequested: { claims: cancelled.map(({ id, token }) => ({ id, fencingToken: token })) } }]),
    ...(ended.length === 0 ? [] : [{ claimsEnded: { claims: ended } }]),
  ];
}

/** Gives back what was claimed and cannot be delivered: it costs the jobs no attempt. */
export function releaseAll(jobs: readonly machine.ClaimedJob[]): readonly machine.Act[] {
  return jobs.map((job) => ({ type: "release", id: job.id, token: job.token }));
}

export type { ClaimedJob as DeliverableJob } from "../../machine/types.ts";
