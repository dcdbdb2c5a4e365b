import { type Incarnation, LogIndex, type NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { RaftStatus } from "../raft/config.ts";
import type { Configuration, MembershipChange } from "../raft/types.ts";
import { notLeaderError } from "./errors.ts";
import { decideJoin } from "./joinDecision.ts";
import { formatOfRules, type Peers } from "./peers.ts";
import type { ClusterDescription, Identity, JoinRequest } from "./ports.ts";

export interface AdmissionOptions {
  readonly identity: Identity;
  readonly peers: Peers;
  readonly logger: Logger;
  /** That the machine follows: no other than those of its state. */
  readonly rules: () => number;
  readonly status: () => RaftStatus;
  /** The incarnation that this node remembers of the member that the entry `since` took in, or null. */
  readonly metIncarnation: (id: NodeId, since: LogIndex) => Incarnation | null;
  readonly change: (change: MembershipChange) => Promise<Configuration>;
}

/** Tells nodes that want to join which cluster this is, and takes them in where it leads. */
export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  describe(): ClusterDescription {
    const { identity, peers, status } = this.#options;
    const { leader } = status();
    return {
      clusterId: identity.clusterId,
      clusterName: identity.clusterName,
      leaderId: leader,
      leaderPeerAddress: peers.peerAddress(leader),
      members: peers.memberIds.map((id) => ({ id, address: peers.peerAddress(id) })),
      format: this.#format,
    };
  }

  /** Resolves to the index of a configuration that holds the caller; a repeated request changes nothing. */
  async join(request: JoinRequest): Promise<LogIndex> {
    const { peers, logger, status, metIncarnation, change } = this.#options;
    const { role, leader, configuration } = status();
    if (role !== "leader") throw notLeaderError(leader, peers.peerAddress(leader));
    this.#checkFormats(request);
    const { nodeId, address, incarnation } = request;
    const since = configuration.membership.details?.[nodeId]?.since ?? LogIndex(0);
    const decision = decideJoin(request, configuration.membership, metIncarnation(nodeId, since));
    switch (decision.type) {
      case "present":
        return configuration.index;
      case "refuse":
        logger.warn({ nodeId, address, incarnation, why: decision.why }, "a node was not taken in");
        throw new ConclaveError("MEMBERSHIP_REFUSED", decision.why);
      case "change": {
        const { index } = await change(decision.change);
        logger.info(
          { nodeId, address, incarnation, index },
          "a node was taken in; it catches up as a learner",
        );
        return index;
      }
    }
  }

  /**
   * What a newcomer must be able to read. Members that have not been heard may read less; but who follows older rules of the
   * machine than the state does would part from it.
   */
  get #format(): number {
    const { peers, rules } = this.#options;
    return Math.max(peers.format, formatOfRules(rules()));
  }

  #checkFormats({ nodeId, minFormat, maxFormat }: JoinRequest): void {
    const format = this.#format;
    if (minFormat <= format && format <= maxFormat) return;
    throw new ConclaveError(
      "FORMAT_UNSUPPORTED",
      `the cluster writes format ${format}, and ${nodeId} reads ${minFormat} to ${maxFormat}: start it with a release ` +
        "that reads the cluster's format",
    );
  }
}
