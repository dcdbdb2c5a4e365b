import { ConclaveError } from "../base/errors.ts";
import type { NodeStatus__Output } from "../generated/conclave/v1/NodeStatus.ts";
import type { Clock } from "./clock.ts";
import type { Directory } from "./directory.ts";
import { meantFor, type Node, type Nodes, type UnaryOptions } from "./nodes.ts";
import { asConclaveError } from "./wireErrors.ts";

export const statusTimeoutMs = 2_000;
/** How long slower nodes may still outbid the first that named a leader. */
const settleMs = 100;

export interface Finding {
  /** Where the leader is reached; undefined when nobody knows one. */
  readonly leader: string | undefined;
  readonly answered: number;
  /** By address, whose node answered; empty for one that belongs to no cluster yet. */
  readonly clusters: ReadonlyMap<string, string>;
  /** Why no leader was found, to be shown if it stays so. */
  readonly trouble: ConclaveError;
}

/** `linearizable`: the node answers once it has heard from a leader that a majority confirms. */
export function askStatus(
  node: Node,
  limits: UnaryOptions,
  linearizable = false,
): Promise<NodeStatus__Output> {
  return node.call(
    (metadata, opts, done) => node.cluster.Status({ linearizable }, metadata, opts, done),
    limits,
  );
}

/** The same of whatever cluster it is, for `directory.learn`: a node that is none of ours shall say whose it is. */
export function askAnyone(
  node: Node,
  limits: UnaryOptions,
  linearizable = false,
): Promise<NodeStatus__Output> {
  return node.call(
    (_, opts, done) => node.cluster.Status({ linearizable }, meantFor(""), opts, done),
    limits,
  );
}

/**
 * Asks all known nodes at once who leads. A node that says "I do, and my lease holds" ends it; else the
 * leader named with the highest term wins, a moment after the first was named, or when all have answered.
 */
export function askAll(directory: Directory, nodes: Nodes, clock: Clock): Promise<Finding> {
  const addresses = directory.addresses();
  const failures: ConclaveError[] = [];
  const clusters = new Map<string, string>();
  let named: { term: number; leader: () => string | undefined } | undefined;
  let answered = 0;
  let open = addresses.length;
  return new Promise((resolve) => {
    let settling: (() => void) | undefined;
    const finish = () => {
      settling?.();
      resolve({ leader: named?.leader(), answered, clusters, trouble: troubleOf(answered, failures) });
    };
    const onAnswer = (address: string, status: NodeStatus__Output) => {
      clusters.set(address, status.clusterId);
      directory.learn(address, status);
      answered++;
      const { leaderId, leaderAddress, term } = status;
      if (status.role === "ROLE_LEADER" && status.leaseLeftMs > 0) {
        named = { term, leader: () => address };
        finish();
      } else if (leaderId !== "" && term > (named?.term ?? -1)) {
        // Looked up at the end: by then the leader's own seed may have answered.
        named = { term, leader: () => directory.addressOf(leaderId, leaderAddress) };
        settling ??= clock.after(settleMs, finish);
      }
    };
    for (const address of addresses) {
      void askAnyone(nodes.at(address), { timeoutMs: statusTimeoutMs })
        .then((status) => onAnswer(address, status))
        .catch((error: unknown) => {
          directory.failed(address);
          failures.push(asConclaveError(error));
        })
        .finally(() => {
          open--;
          if (open === 0) finish();
        });
    }
  });
}

function troubleOf(answered: number, failures: readonly ConclaveError[]): ConclaveError {
  if (answered > 0) {
    return new ConclaveError("NO_LEADER", "no node knows a leader; is a majority of them up and connected?");
  }
  const strangers = failures.find(({ code }) => code === "IDENTITY_MISMATCH");
  const why = failures.map(({ message }) => message).join("; ");
  const whom = strangers === undefined ? "no node" : "no node of the cluster that this program belongs to";
  return new ConclaveError(strangers?.code ?? "UNAVAILABLE", `${whom} could be reached: ${why}`);
}
