import type { Effect, Event, RaftStatus } from "../../../src/raft/index.ts";
import type { Coverage } from "../run/coverage.ts";

/** What a step of a core was, for the coverage: changes of role, what became of snapshots, what was refused and why. */
export function countStep(
  coverage: Coverage,
  before: RaftStatus | null,
  event: Event,
  status: RaftStatus,
  effects: readonly Effect[],
): void {
  let role = before?.role ?? "follower";
  for (const effect of effects) {
    if (effect.type === "roleChanged") {
      coverage.count("role", effect.role);
      if (before !== null && role !== effect.role) coverage.count("role change", `${role} to ${effect.role}`);
      role = effect.role;
    } else countEffect(coverage, effect);
  }
  countEvent(coverage, before, event, status, effects);
}

function countEffect(coverage: Coverage, effect: Effect): void {
  if (effect.type === "releaseRead") coverage.count("read", "released");
  else if (effect.type === "rejectRead") coverage.count("read", "refused");
  else if (effect.type === "readLog") coverage.count("raft", "entries read from disk for a follower");
  else if (effect.type === "transferFailed") coverage.count("raft", "transfer failed");
  else if (effect.type === "rejectMembershipChange")
    coverage.count("membership refused by the core", effect.reason);
  else if (effect.type === "fetchSnapshot") coverage.count("snapshot", "asked for");
  else if (effect.type === "installSnapshot") coverage.count("snapshot", "installed");
  else if (effect.type === "rejectProposal") coverage.count("proposal refused", effect.reason);
}

function countEvent(
  coverage: Coverage,
  before: RaftStatus | null,
  event: Event,
  status: RaftStatus,
  effects: readonly Effect[],
): void {
  if (event.type === "compacted") coverage.count("storage", "log compacted");
  if (event.type === "snapshotFetched") countFetched(coverage, before, event.snapshot.index, status, effects);
  if (event.type !== "receive") return;
  const { message } = event;
  if (before !== null && message.term < before.term)
    coverage.count("raft", `${message.type} of an earlier term`);
  if (message.type === "voteReply") coverage.count("raft", message.granted ? "vote won" : "vote refused");
  if (message.type === "appendReply" && !message.result.ok) coverage.count("raft", "append refused");
}

/** A snapshot that is there, whole and verified: what the core makes of it. */
function countFetched(
  coverage: Coverage,
  before: RaftStatus | null,
  index: number,
  status: RaftStatus,
  effects: readonly Effect[],
): void {
  if (effects.some(({ type }) => type === "installSnapshot")) return;
  const known = before?.commitIndex ?? 0;
  if (index <= known) coverage.count("snapshot", "overtaken by the log");
  else if (status.commitIndex >= index) coverage.count("snapshot", "its last entry was here already");
  else coverage.count("snapshot", "further than what is known to be committed");
}
