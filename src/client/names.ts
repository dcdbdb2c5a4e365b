import { ConclaveError } from "../base/errors.ts";
import type { AttemptEnd__Output } from "../generated/conclave/v1/AttemptEnd.ts";
import type { Backoff__Output } from "../generated/conclave/v1/Backoff.ts";
import type { DedupMode__Output } from "../generated/conclave/v1/DedupMode.ts";
import type { Jitter__Output } from "../generated/conclave/v1/Jitter.ts";
import type { JobState__Output } from "../generated/conclave/v1/JobState.ts";
import type { OnFailure__Output } from "../generated/conclave/v1/OnFailure.ts";
import type { Priority__Output } from "../generated/conclave/v1/Priority.ts";
import type { Role__Output } from "../generated/conclave/v1/Role.ts";
import type { Standing__Output } from "../generated/conclave/v1/Standing.ts";
import { shown } from "./checks.ts";

/** Names of the public API and how the wire spells them. */
export type Priority = "high" | "normal" | "low";
/** `waiting`: for other jobs to end. */
export type JobState = "waiting" | "scheduled" | "ready" | "running" | "completed" | "dead" | "cancelled";
export type Jitter = "none" | "equal" | "full" | "decorrelated";
export type Backoff = "exponential" | "linear" | "fixed" | "list";
export type DedupMode = "return" | "reject" | "replace" | "force";
export type OnFailure = "fail" | "cancel" | "run";
export type AttemptEnd = "failed" | "expired" | "timedOut" | "released" | "completed" | "cancelled";
export type Role = "follower" | "preCandidate" | "candidate" | "leader";
/** Where a node stands with the cluster: `joining` has not been taken in yet, or not again. */
export type Standing = "founding" | "member" | "joining" | "removed";
/** `linearizable` sees every write acknowledged before the read began; `stale` is what any one node has applied. */
export type Consistency = "linearizable" | "stale";

export const priorityToWire = {
  high: "PRIORITY_HIGH",
  normal: "PRIORITY_NORMAL",
  low: "PRIORITY_LOW",
} as const satisfies Record<Priority, Priority__Output>;

export const stateToWire = {
  waiting: "JOB_STATE_WAITING",
  scheduled: "JOB_STATE_SCHEDULED",
  ready: "JOB_STATE_READY",
  running: "JOB_STATE_RUNNING",
  completed: "JOB_STATE_COMPLETED",
  dead: "JOB_STATE_DEAD",
  cancelled: "JOB_STATE_CANCELLED",
} as const satisfies Record<JobState, JobState__Output>;

export const jitterToWire = {
  none: "JITTER_NONE",
  equal: "JITTER_EQUAL",
  full: "JITTER_FULL",
  decorrelated: "JITTER_DECORRELATED",
} as const satisfies Record<Jitter, Jitter__Output>;

export const backoffToWire = {
  exponential: "BACKOFF_EXPONENTIAL",
  linear: "BACKOFF_LINEAR",
  fixed: "BACKOFF_FIXED",
  list: "BACKOFF_LIST",
} as const satisfies Record<Backoff, Backoff__Output>;

export const dedupModeToWire = {
  return: "DEDUP_MODE_RETURN",
  reject: "DEDUP_MODE_REJECT",
  replace: "DEDUP_MODE_REPLACE",
  force: "DEDUP_MODE_FORCE",
} as const satisfies Record<DedupMode, DedupMode__Output>;

export const onFailureToWire = {
  fail: "ON_FAILURE_FAIL",
  cancel: "ON_FAILURE_CANCEL",
  run: "ON_FAILURE_RUN",
} as const satisfies Record<OnFailure, OnFailure__Output>;

export const consistencyToWire = {
  linearizable: "CONSISTENCY_LINEARIZABLE",
  stale: "CONSISTENCY_STALE",
} as const satisfies Record<Consistency, string>;

const attemptEndToWire = {
  failed: "ATTEMPT_END_FAILED",
  expired: "ATTEMPT_END_EXPIRED",
  timedOut: "ATTEMPT_END_TIMED_OUT",
  released: "ATTEMPT_END_RELEASED",
  completed: "ATTEMPT_END_COMPLETED",
  cancelled: "ATTEMPT_END_CANCELLED",
} as const satisfies Record<AttemptEnd, AttemptEnd__Output>;

const roleToWire = {
  follower: "ROLE_FOLLOWER",
  preCandidate: "ROLE_PRE_CANDIDATE",
  candidate: "ROLE_CANDIDATE",
  leader: "ROLE_LEADER",
} as const satisfies Record<Role, Role__Output>;

const standingToWire = {
  founding: "STANDING_FOUNDING",
  member: "STANDING_MEMBER",
  joining: "STANDING_JOINING",
  removed: "STANDING_REMOVED",
} as const satisfies Record<Standing, Standing__Output>;

function reversed<Name extends string>(toWire: Readonly<Record<Name, string>>): ReadonlyMap<string, Name> {
  return new Map((Object.keys(toWire) as Name[]).map((name) => [toWire[name], name]));
}

const priorities = reversed<Priority>(priorityToWire);
const states = reversed<JobState>(stateToWire);
const jitters = reversed<Jitter>(jitterToWire);
const dedupModes = reversed<DedupMode>(dedupModeToWire);
const onFailures = reversed<OnFailure>(onFailureToWire);
const backoffs = reversed<Backoff>(backoffToWire);
const attemptEnds = reversed<AttemptEnd>(attemptEndToWire);
const roles = reversed<Role>(roleToWire);
const standings = reversed<Standing>(standingToWire);

export const priorityFromWire = (wire: Priority__Output): Priority => priorities.get(wire) ?? "normal";
export const jitterFromWire = (wire: Jitter__Output): Jitter => jitters.get(wire) ?? "equal";
export const backoffFromWire = (wire: Backoff__Output): Backoff => backoffs.get(wire) ?? "exponential";
export const dedupModeFromWire = (wire: DedupMode__Output): DedupMode => dedupModes.get(wire) ?? "return";
export const onFailureFromWire = (wire: OnFailure__Output): OnFailure => onFailures.get(wire) ?? "fail";
export const nameOfState = (wire: JobState__Output): JobState | undefined => states.get(wire);
export const stateFromWire = (wire: JobState__Output): JobState => known(states, wire);
export const attemptEndFromWire = (wire: AttemptEnd__Output): AttemptEnd => known(attemptEnds, wire);
export const roleFromWire = (wire: Role__Output): Role => known(roles, wire);

/** A release before this field says nothing, and is a member. */
export const standingFromWire = (wire: Standing__Output): Standing => standings.get(wire) ?? "member";

function known<Name>(names: ReadonlyMap<string, Name>, wire: string): Name {
  const name = names.get(wire);
  if (name !== undefined) return name;
  throw new ConclaveError(
    "INTERNAL",
    `the server sent ${wire}, which this release of the client does not know`,
  );
}

/** The wire's name of `value`, which callers without a type checker may have misspelt. */
export function toWire<Name extends string, Wire>(
  table: Readonly<Record<Name, Wire>>,
  value: Name,
  what: string,
): Wire {
  if (Object.hasOwn(table, value)) return table[value];
  throw new ConclaveError(
    "INVALID_ARGUMENT",
    `${what}: ${shown(value)} is none of ${Object.keys(table).join(", ")}`,
  );
}
