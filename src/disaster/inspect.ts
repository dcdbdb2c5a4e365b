import { membershipCodec } from "../codec/membership.ts";
import type { Membership } from "../raft/types.ts";
import type { DataDirectory } from "../storage/dataDirectory.ts";
import type { OpenStore } from "../storage/keyValueStore.ts";
import { asSurvivor, identityIn, loadMachine, openSurvivor } from "./openExisting.ts";
import type { Inspection } from "./report.ts";

/**
 * Says what a stopped node's directory holds, so that an operator can choose the survivor to recover. Rejects with
 * CONFIG_INVALID when it is none or in use, and with DATA_CORRUPT or FORMAT_UNSUPPORTED when it cannot be recovered.
 */
export async function inspect(dataDir: string, openStore?: OpenStore): Promise<Inspection> {
  await using data = await openSurvivor(dataDir, await identityIn(dataDir, openStore), openStore);
  // Records are found to be damaged, or not to fit together, only when all of them are read.
  const machine = await asSurvivor(dataDir, () => loadMachine(data.records));
  const { nodeId, clusterName, clusterId, incarnation, joining } = data.identity;
  const { voters, outgoing, learners } = lastMembership(data);
  const isVoter = voters.includes(nodeId) || outgoing.includes(nodeId);
  const standing = isVoter ? "voter" : learners.includes(nodeId) ? "learner" : "none";
  return {
    nodeId,
    clusterName,
    clusterId,
    incarnation,
    standing: joining === null ? standing : "joining",
    members: [...new Set([...voters, ...outgoing, ...learners])].sort(),
    term: data.restored.hardState.currentTerm,
    lastEntry: data.log.lastEntry,
    appliedIndex: data.records.appliedIndex,
    jobs: machine.jobCount,
  };
}

/** In force on append (Raft 6): the last one in the log, committed or not. */
function lastMembership({ restored }: DataDirectory): Membership {
  const entry = restored.entries.findLast(({ kind }) => kind === "membership");
  return entry === undefined ? restored.configuration.membership : membershipCodec.decode(entry.data);
}
