import type { NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { RaftStatus } from "../raft/config.ts";
import type { Message } from "../raft/messages.ts";

/**
 * What a leader says may show that this node has lost entries it had acknowledged: this node said so, in the leader's
 * own term, and our log ends before. An older copy of the data directory looks like that, and a disk that forgot what
 * it had synced. Such a node must not vote: a majority that counts on it may elect a leader without an acknowledged
 * entry. Returns DATA_CORRUPT, or null.
 */
export function forgottenEntries(
  from: NodeId,
  message: Message,
  position: Pick<RaftStatus, "term" | "lastIndex">,
): ConclaveError | null {
  if (message.type !== "appendRequest" && message.type !== "installSnapshot") return null;
  // A leader of an older term may speak of entries that its successor has replaced since.
  if (message.term < position.term || message.acknowledged <= position.lastIndex) return null;
  return new ConclaveError(
    "DATA_CORRUPT",
    `${from}, the leader of term ${message.term}, has this node's word that entries through ${message.acknowledged} ` +
      `are on its disk, but the log here ends at ${position.lastIndex}. The data directory is an older copy, or the ` +
      "disk has lost synced writes. This node ends, so that it neither votes nor acknowledges without them; the " +
      "other nodes hold the data. Bring the newest data directory back; or start the node again as it is, and it sets " +
      "this data aside and rejoins with none",
  );
}
