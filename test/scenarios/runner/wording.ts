import { assertNever } from "../../../src/base/assert.ts";
import type { Message } from "../../../src/raft/index.ts";
import type { Entry, EntryId, Membership, MembershipChange } from "../../../src/raft/types.ts";
import { decodeMembership } from "./membershipText.ts";

/** `3@2`: index 3, written in term 2. */
export function place({ index, term }: EntryId): string {
  return `${index}@${term}`;
}

export function dataOf(entry: Entry): string {
  if (entry.kind === "noop") return "noop";
  return entry.kind === "membership"
    ? membershipOf(decodeMembership(entry.data))
    : new TextDecoder().decode(entry.data);
}

export function entryText(entry: Entry): string {
  return `${place(entry)} ${dataOf(entry)}`.trimEnd();
}

/** A few entries each with what it holds; many as runs of terms. */
export function entriesText(entries: readonly Entry[]): string {
  if (entries.length <= 3) return entries.map(entryText).join(", ");
  const runs: Entry[][] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    if (run !== undefined && run[0]?.term === entry.term) run.push(entry);
    else runs.push([entry]);
  }
  return runs
    .map((run) => {
      const [first, last] = [run[0], run.at(-1)];
      if (first === undefined || last === undefined) return "";
      return run.length === 1 ? place(first) : `${place(first)}..${place(last)}`;
    })
    .join(", ");
}

/** Requests for a read index are numbered from 1, above a random beginning. */
function request(id: number): number {
  return id % 2 ** 20;
}

/** `[n1 n2 n3]`, `[n1 n2 n4 | leaving: n1 n2 n3]` while joint, learners after a plus. */
export function membershipOf({ voters, outgoing, learners }: Membership): string {
  const joint = outgoing.length === 0 ? "" : ` | old: ${outgoing.join(" ")}`;
  const learning = learners.length === 0 ? "" : ` + ${learners.join(" ")}`;
  return `[${voters.join(" ")}${joint}${learning}]`;
}

export function changeText({ add, promote, remove }: MembershipChange): string {
  const parts = [
    ...add.map(({ id }) => `add ${id}`),
    ...promote.map((id) => `promote ${id}`),
    ...remove.map((id) => `remove ${id}`),
  ];
  return parts.join(", ");
}

export function messageText(message: Message): string {
  const t = `t${message.term}`;
  switch (message.type) {
    case "voteRequest":
    case "preVoteRequest": {
      const log = place({ index: message.lastLogIndex, term: message.lastLogTerm });
      const wish = message.handedOverUntil !== null ? ", the leader wishes it" : "";
      return `${message.type === "voteRequest" ? "vote?" : "prevote?"} ${t} log ${log}${wish}`;
    }
    case "voteReply":
      return `vote! ${t} ${message.granted ? "yes" : "no"}`;
    case "preVoteReply":
      return `prevote! ${t} ${message.granted ? "yes" : "no"}`;
    case "appendRequest": {
      const head = `${message.entries.length === 0 ? "heartbeat" : "append"} ${t} r${message.round}`;
      const prev = place({ index: message.prevLogIndex, term: message.prevLogTerm });
      const entries = message.entries.length === 0 ? "" : `: ${entriesText(message.entries)}`;
      return `${head} after ${prev}${entries}; commit ${message.leaderCommit}`;
    }
    case "appendReply": {
      const { result, round } = message;
      if (result.ok) return `ack ${t} r${round} through ${result.matchIndex}`;
      const hint = place({ index: result.hintIndex, term: result.conflictTerm });
      return `refuse ${t} r${round} nothing to match ${result.rejectedIndex}, perhaps ${hint}`;
    }
    case "installSnapshot":
      return `snapshot ${t} r${message.round} of ${place(message.lastIncluded)}`;
    case "snapshotReply":
      return `snapshot-ack ${t} r${message.round} through ${message.matchIndex}`;
    case "readIndexRequest":
      return `read? ${t} #${request(message.id)}`;
    case "readIndexReply":
      return `read! ${t} #${request(message.id)} ${message.index === null ? "cannot say" : `safe at ${message.index}`}`;
    case "timeoutNow":
      return `timeout-now ${t}`;
    default:
      return assertNever(message);
  }
}
