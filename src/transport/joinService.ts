import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import {
  decodeJoinRequest,
  encodeClusterDescription,
  encodeJoinReply,
  type JoinCall,
} from "../codec/peerJoin.ts";
import { endpointOf } from "./endpoint.ts";
import { quote, refuseFormats } from "./handshake.ts";
import { statusOf } from "./status.ts";
import type { LocalPeer, PeerListener } from "./types.ts";

type UnaryCall = ServerUnaryCall<Buffer, Buffer>;
type Answer = sendUnaryData<Buffer>;

/** Requests to join that are being decided; who comes more often than that is not let near the node. */
const maxJoins = 8;

/** Peer.Describe and Peer.Join, for nodes that are no members yet. */
export class JoinService {
  readonly #local: LocalPeer;
  readonly #listener: PeerListener;
  readonly #logger: Logger;
  #joins = 0;

  constructor(local: LocalPeer, listener: PeerListener, logger: Logger) {
    this.#local = local;
    this.#listener = listener;
    this.#logger = logger;
  }

  describe(answer: Answer): void {
    try {
      answer(null, encodeClusterDescription(this.#listener.describe()));
    } catch (error) {
      answer(statusOf(this.#known(error)));
    }
  }

  async join(call: UnaryCall, answer: Answer): Promise<void> {
    this.#joins += 1;
    try {
      answer(null, encodeJoinReply(await this.#listener.join(this.#checked(call.request))));
    } catch (error) {
      answer(statusOf(this.#withPeerAddress(this.#known(error))));
    } finally {
      this.#joins -= 1;
    }
  }

  #checked(bytes: Buffer): JoinCall {
    const request = decodeJoinRequest(bytes);
    const { clusterId, nodeId, version, formats } = this.#local;
    if (request.clusterId !== clusterId) {
      throw new ConclaveError(
        "IDENTITY_MISMATCH",
        `node ${quote(request.nodeId)} wants to join cluster ${quote(request.clusterId)}, ${quote(nodeId)} belongs to ` +
          `${quote(clusterId)}; correct the addresses given to --join`,
      );
    }
    if (endpointOf(request.address) === undefined) {
      throw new ConclaveError(
        "INVALID_ARGUMENT",
        `node ${quote(request.nodeId)} gives ${quote(request.address)} as its address, where no member can dial it; ` +
          "set the address that it advertises to its peers",
      );
    }
    const theirs = { min: request.minFormat, max: request.maxFormat };
    const self = `${quote(nodeId)} (release ${quote(version)})`;
    const refusal = refuseFormats(quote(request.nodeId), theirs, self, formats);
    if (refusal !== null) throw new ConclaveError(refusal.code, refusal.message);
    if (this.#joins <= maxJoins) return request;
    throw new ConclaveError("OVERLOADED", `${maxJoins} requests to join are being decided; come again`);
  }

  /**
   * Who joins knows nothing of client addresses: it has to ask the leader where its peers do. And what is refused for its
   * formats has to know whether it was the leader that did so, whose word counts, also when nobody else is there to name it.
   */
  #withPeerAddress(error: ConclaveError): ConclaveError {
    if (error.code !== "NOT_LEADER" && error.code !== "FORMAT_UNSUPPORTED") return error;
    const { leaderId, leaderPeerAddress } = this.#listener.describe();
    return new ConclaveError(error.code, error.message, {
      cause: error,
      leaderId: leaderId ?? undefined,
      leaderAddress: leaderPeerAddress === "" ? undefined : leaderPeerAddress,
    });
  }

  #known(error: unknown): ConclaveError {
    if (error instanceof ConclaveError) return error;
    this.#logger.error({ err: error }, "a call of another node failed for a fault of this one");
    const message = error instanceof Error ? error.message : String(error);
    return new ConclaveError("INTERNAL", message, { cause: error });
  }
}
