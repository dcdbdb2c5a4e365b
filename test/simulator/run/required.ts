import { faultKinds } from "../faults/kinds.ts";
import type { Coverage } from "./coverage.ts";

/** What a run of many seeds must have seen: one in which something never happened has shown nothing of it. */
const required: readonly string[] = [
  ...all("fault", faultKinds),
  ...all("role", ["follower", "preCandidate", "candidate", "leader"]),
  ...all("raft", [
    "log truncated",
    "entries read from disk for a follower",
    "leadership transferred",
    "leadership not transferred",
    "transfer failed",
  ]),
  ...all("proposal refused", ["overloaded"]),
  ...all("read", [
    "released",
    "refused",
    "job not found",
    "ready",
    "running",
    "scheduled",
    "completed",
    "dead",
    "cancelled",
  ]),
  ...all("command", [
    "enqueue",
    "claim",
    "act",
    "cancel",
    "expireClaims",
    "fireTimers",
    "beginTerm",
    "resumeWorker",
  ]),
  ...all("enqueued", ["ready", "scheduled", "again, ready", "again, running", "again, scheduled"]),
  ...all("enqueued", ["again, completed", "again, dead", "again, cancelled"]),
  ...all("complete", ["accepted", "STALE_TOKEN", "JOB_TERMINAL", "NOT_FOUND"]),
  ...all("fail", ["accepted", "STALE_TOKEN", "JOB_TERMINAL"]),
  ...all("extend", ["accepted", "STALE_TOKEN", "JOB_TERMINAL"]),
  ...all("release", ["accepted", "STALE_TOKEN", "JOB_TERMINAL"]),
  ...all("cancel", ["cancelled", "running", "JOB_TERMINAL", "NOT_FOUND"]),
  ...all("act repeated", ["accepted", "refused"]),
  ...all("job", [
    "claimed",
    "lease expired",
    "lease renewed before its expiry was applied",
    "timer fired",
    "undelivered claim given back",
  ]),
  ...all("job ended", ["completed", "dead", "cancelled"]),
  ...all("notice", ["failed", "expired", "dead"]),
  ...all("call refused", ["NOT_LEADER", "NO_LEADER", "OUTCOME_UNKNOWN", "SHUTTING_DOWN"]),
  ...all("node ended itself", ["DATA_CORRUPT", "DISK_FAILED"]),
  ...all("storage", ["checkpoint", "log compacted"]),
  ...all("transport", ["turned away: IDENTITY_MISMATCH", "turned away: MEMBER_REMOVED"]),
  ...all("read", ["asked of the leader", "leader answered", "leader cannot say"]),
  ...all("join", ["founded", "asked", "asked, rejoin", "asked, repair"]),
  ...all("join", ["taken in, fresh", "taken in, rejoined", "taken in, repaired"]),
  ...all("join refused", ["MEMBERSHIP_REFUSED"]),
  ...all("wiped", ["a member", "before all had met it"]),
  ...all("repair", ["damage found", "damaged data set aside"]),
  ...all("membership", [
    "joint",
    "not joint",
    "joint change done",
    "configuration rolled back",
    "member removed",
    "added again under its old id",
    "add learners: done",
    "promote several: done",
    "remove: done",
    "replace: done",
    "remove: OUTCOME_UNKNOWN",
  ]),
  ...all("membership refused by the core", [
    "changeUnderWay",
    "invalid",
    "learnerBehind",
    "notLeader",
    "quorumWouldBeLost",
    "termNotOpen",
    "transferring",
  ]),
  ...all("snapshot", [
    "asked for",
    "chunk sent",
    "installed",
    "crash in the middle",
    "stream broken",
    "stream opened",
  ]),
  ...all("network", ["lost", "doubled", "overtaken", "held"]),
  ...all("worker", ["crashed", "stalled"]),
  ...all("outside sink", ["written", "stale fence turned away"]),
  ...all("sdk", ["enqueued", "enqueued by a try before", "job handled", "told to stop a job"]),
  ...all("sdk", ["result: completed", "result: dead"]),
  ...all("sdk refused", ["DEADLINE_EXCEEDED"]),
  ...all("linearizability", ["key checked"]),
];

function all(kind: string, names: readonly string[]): string[] {
  return names.map((name) => `${kind}: ${name}`);
}

export function missingFrom(coverage: Coverage): readonly string[] {
  return required.filter((name) => coverage.of(name) === 0);
}
