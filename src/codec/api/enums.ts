import type {
  AttemptEnd,
  Breaker,
  DedupMode,
  JobEventType,
  JobState,
  Manage,
  Priority,
  RetryPolicy,
  ScheduleSpec,
  WaitFor,
} from "../../machine/types.ts";
import type { RoleName } from "../../raft/types.ts";
import { refuse, shown } from "./check.ts";

/** Names on the wire, per enum: what leaves. */
export const wirePriority = {
  high: "PRIORITY_HIGH",
  normal: "PRIORITY_NORMAL",
  low: "PRIORITY_LOW",
} as const satisfies Record<Priority, string>;

export const wireState = {
  scheduled: "JOB_STATE_SCHEDULED",
  ready: "JOB_STATE_READY",
  running: "JOB_STATE_RUNNING",
  completed: "JOB_STATE_COMPLETED",
  dead: "JOB_STATE_DEAD",
  cancelled: "JOB_STATE_CANCELLED",
  waiting: "JOB_STATE_WAITING",
} as const satisfies Record<JobState, string>;

export const wireJitter = {
  none: "JITTER_NONE",
  equal: "JITTER_EQUAL",
  full: "JITTER_FULL",
  decorrelated: "JITTER_DECORRELATED",
} as const satisfies Record<RetryPolicy["jitter"], string>;

export const wireEnd = {
  failed: "ATTEMPT_END_FAILED",
  expired: "ATTEMPT_END_EXPIRED",
  released: "ATTEMPT_END_RELEASED",
  completed: "ATTEMPT_END_COMPLETED",
  cancelled: "ATTEMPT_END_CANCELLED",
  timedOut: "ATTEMPT_END_TIMED_OUT",
} as const satisfies Record<AttemptEnd, string>;

export const wireBackoff = {
  exponential: "BACKOFF_EXPONENTIAL",
  linear: "BACKOFF_LINEAR",
  fixed: "BACKOFF_FIXED",
  list: "BACKOFF_LIST",
} as const satisfies Record<NonNullable<RetryPolicy["backoff"]> | "exponential", string>;

export const wireDedupMode = {
  return: "DEDUP_MODE_RETURN",
  reject: "DEDUP_MODE_REJECT",
  replace: "DEDUP_MODE_REPLACE",
  force: "DEDUP_MODE_FORCE",
} as const satisfies Record<DedupMode, string>;

export const wireOnFailure = {
  fail: "ON_FAILURE_FAIL",
  cancel: "ON_FAILURE_CANCEL",
  run: "ON_FAILURE_RUN",
} as const satisfies Record<WaitFor["onFailure"], string>;

export const wireBreakerState = {
  closed: "BREAKER_STATE_CLOSED",
  open: "BREAKER_STATE_OPEN",
  halfOpen: "BREAKER_STATE_HALF_OPEN",
} as const satisfies Record<Breaker["state"], string>;

export const wireManageAction = {
  runNow: "MANAGE_ACTION_RUN_NOW",
  redrive: "MANAGE_ACTION_REDRIVE",
  delete: "MANAGE_ACTION_DELETE",
  cancel: "MANAGE_ACTION_CANCEL",
} as const satisfies Record<Manage["action"] | "cancel", string>;

export const wireOverlap = {
  skip: "OVERLAP_SKIP",
  allow: "OVERLAP_ALLOW",
  bufferOne: "OVERLAP_BUFFER_ONE",
} as const satisfies Record<ScheduleSpec["overlap"], string>;

export const wireEventType = {
  enqueued: "JOB_EVENT_TYPE_ENQUEUED",
  ready: "JOB_EVENT_TYPE_READY",
  scheduled: "JOB_EVENT_TYPE_SCHEDULED",
  started: "JOB_EVENT_TYPE_STARTED",
  progress: "JOB_EVENT_TYPE_PROGRESS",
  checkpoint: "JOB_EVENT_TYPE_CHECKPOINT",
  cancelRequested: "JOB_EVENT_TYPE_CANCEL_REQUESTED",
  failed: "JOB_EVENT_TYPE_FAILED",
  expired: "JOB_EVENT_TYPE_EXPIRED",
  timedOut: "JOB_EVENT_TYPE_TIMED_OUT",
  released: "JOB_EVENT_TYPE_RELEASED",
  completed: "JOB_EVENT_TYPE_COMPLETED",
  dead: "JOB_EVENT_TYPE_DEAD",
  cancelled: "JOB_EVENT_TYPE_CANCELLED",
  redriven: "JOB_EVENT_TYPE_REDRIVEN",
  removed: "JOB_EVENT_TYPE_REMOVED",
} as const satisfies Record<JobEventType, string>;

export const wireRole = {
  follower: "ROLE_FOLLOWER",
  preCandidate: "ROLE_PRE_CANDIDATE",
  candidate: "ROLE_CANDIDATE",
  leader: "ROLE_LEADER",
} as const satisfies Record<RoleName, string>;

export const wireStanding = {
  founding: "STANDING_FOUNDING",
  member: "STANDING_MEMBER",
  joining: "STANDING_JOINING",
  removed: "STANDING_REMOVED",
} as const satisfies Record<"founding" | "member" | "joining" | "removed", string>;

/** What comes in: the generated reader leaves a value that it does not know as its number. */
type Incoming = string | number;

export const priorityFrom = reader(wirePriority);
export const stateFrom = reader(wireState);
export const jitterFrom = reader(wireJitter);
export const backoffFrom = reader(wireBackoff);
export const dedupModeFrom = reader(wireDedupMode);
export const onFailureFrom = reader(wireOnFailure);
export const overlapFrom = reader(wireOverlap);
export const eventTypeFrom = reader(wireEventType);
export const manageActionFrom = reader(wireManageAction);

/** True for CONSISTENCY_STALE. */
export function isStale(field: string, value: Incoming): boolean {
  if (value === "CONSISTENCY_STALE") return true;
  if (value === "CONSISTENCY_UNSPECIFIED" || value === "CONSISTENCY_LINEARIZABLE") return false;
  return refuse(field, `is ${shown(value)}; this node knows CONSISTENCY_LINEARIZABLE and CONSISTENCY_STALE`);
}

/** A reader that gives `unspecified` for the enum's zero and refuses what this version does not know. */
function reader<Ours extends string>(
  names: Readonly<Record<Ours, string>>,
): <Unspecified>(field: string, value: Incoming, unspecified: Unspecified) => Ours | Unspecified {
  const byWireName = new Map<Incoming, Ours>();
  for (const [ours, wire] of Object.entries(names)) byWireName.set(wire as string, ours as Ours);
  const known = Object.values<string>(names).join(", ");
  return (field, value, unspecified) => {
    if (typeof value === "string" && value.endsWith("_UNSPECIFIED")) return unspecified;
    return byWireName.get(value) ?? refuse(field, `is ${shown(value)}; this node knows ${known}`);
  };
}
