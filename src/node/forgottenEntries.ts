import type { NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { RaftStatus } from "../raft/config.ts";
import type { Message } from "../raft/messages.ts";

/**
 * What a leader says may show that this node has lost entries it had acknowledged: they are on every member's disk,
 * says the leader of a term that is ours, and our log ends before. An older copy of the data directory looks like
 * that, and a disk that forgot what it had synced. Such a node must not vote: a majority that counts on it may elect
 * a leader without an acknowledged entry. Returns DATA_CORRUPT, or null.
 */
export function forgottenEntries(
  from: NodeId,
  message: Message,
  status: Pick<RaftStatus, "term" | "lastIndex">,
): ConclaveError | null {
  // A leader of an older term may speak of entries that its successor has replaced since.
  if (message.type !== "appendRequest" || message.term < status.term) return null;
  if (message.matchedByAll <= status.lastIndex) return null;
  return new ConclaveError(
    "DATA_CORRUPT",
    `${from}, the leader of term ${message.term}, has this node's word that entries through ${message.matchedByAll} ` +
      `are on its disk, but the log here ends at ${status.lastIndex}. The data directory is an older copy, or the ` +
      "disk has lost synced writes. This node ends, so that it neither votes nor acknowledges without them; the " +
      "other nodes hold the data. Move the data directory away and let the node rejoin the cluster as a new member",
  );
}
