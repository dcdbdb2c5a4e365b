import { MonotonicMs, type NodeId, Term } from "../base/brands.ts";
import { isQuorum, isVoter } from "./quorum.ts";
import type { Replica } from "./replica.ts";
import type { Campaign } from "./role.ts";

/** Asks every voter that has not agreed yet (Raft 5.2; the dry run: thesis 9.6). */
export function askForVotes(replica: Replica, campaign: Campaign, now: MonotonicMs): void {
  const { membership, log, currentTerm, config } = replica;
  const isDryRun = campaign.name === "preCandidate";
  campaign.askAgainAt = MonotonicMs(now + config.heartbeatIntervalMs);
  const request = {
    type: isDryRun ? "preVoteRequest" : "voteRequest",
    term: isDryRun ? Term(currentTerm + 1) : currentTerm,
    lastLogIndex: log.lastIndex,
    lastLogTerm: log.lastTerm,
    handedOverUntil: campaign.handedOverUntil,
  } as const;
  for (const to of replica.peers) {
    if (campaign.granted.has(to) || !isVoter(membership, to)) continue;
    // A candidacy is a vote for ourselves and rests on it; a dry run promises nothing.
    replica.send(to, request, isDryRun ? "now" : "persisted");
  }
}

/** Learners and strangers may grant what they like: only voters count. */
export function hasWon(replica: Replica, campaign: Campaign): boolean {
  return isQuorum(replica.membership, (id) => campaign.granted.has(id));
}

/**
 * Whether neither this candidate nor any other can have a quorum of this term's votes. A peer out of reach counts for
 * nobody: it will not vote for us, and is most likely gone. Should a rival reach it all the same, it may win, and be asked to
 * give way to our next campaign: a term more, and no harm.
 */
export function isSplit(replica: Replica, campaign: Campaign, unreachable: ReadonlySet<NodeId>): boolean {
  const isOurs = (id: NodeId): boolean => id === replica.id || campaign.granted.has(id);
  const mayBeOurs = (id: NodeId): boolean => isOurs(id) || !(campaign.refused.has(id) || unreachable.has(id));
  const mayBeTheirs = (id: NodeId): boolean => !isOurs(id) && !unreachable.has(id);
  return !isQuorum(replica.membership, mayBeOurs) && !isQuorum(replica.membership, mayBeTheirs);
}
