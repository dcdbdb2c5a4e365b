import type { NodeId } from "../../src/base/brands.ts";
import type { Configuration, Membership } from "../../src/raft/index.ts";
import { isMember } from "../../src/raft/quorum.ts";

/** What a node says of itself when it connects (`proto/conclave/v1/peer.proto`, PeerHello). */
export interface Hello {
  readonly id: NodeId;
  readonly incarnation: string;
  /** The newest configuration that it knows to be committed, and whether that means this very data directory. */
  readonly committedIndex: number;
  readonly isMember: boolean;
}

/** Members no more that are still to be kept in touch with, and which of their data directories is meant. */
export type Leaving = ReadonlyMap<NodeId, string>;

/** The data directory of a founding member: the first that came under its id. */
export const firstIncarnation = "first";

/** Which data directory a configuration means by `id`. */
export function incarnationOf(membership: Membership, id: NodeId): string {
  return membership.details?.[id]?.incarnation ?? firstIncarnation;
}

export function isNamed(membership: Membership, id: NodeId, incarnation: string): boolean {
  return isMember(membership, id) && incarnationOf(membership, id) === incarnation;
}

/**
 * The model of `src/transport/gate.ts`: whether a node whose configuration in force is `own` talks to the one that says
 * `hello`. Whoever comes under a member's id with other data has lost the member's votes and entries.
 */
export function admits(own: Configuration, leaving: Leaving, hello: Hello): boolean {
  const isNewer = hello.isMember && hello.committedIndex > own.index;
  if (isMember(own.membership, hello.id)) {
    return incarnationOf(own.membership, hello.id) === hello.incarnation || isNewer;
  }
  const former = leaving.get(hello.id);
  if (former !== undefined) return former === hello.incarnation || isNewer;
  const wasRemoved = hello.isMember && hello.committedIndex < own.index;
  return !wasRemoved;
}
