import { type Incarnation, LogIndex, type NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { PeerHello } from "../codec/peer.ts";
import { quote, type Refusal } from "./handshake.ts";
import type { Roster } from "./roster.ts";
import type { Incarnations, LocalPeer } from "./types.ts";

type Verdict =
  | { readonly type: "passes" }
  /** Passes as well, once it is remembered. */
  | { readonly type: "firstContact"; readonly since: LogIndex }
  | { readonly type: "refused"; readonly refusal: Refusal };

const passes: Verdict = { type: "passes" };

/**
 * Which data directory is that member: the one whose incarnation the configuration names, or else the first that
 * came, for as long as it is a member. Another one under its id has lost the votes and entries that it had promised to
 * keep. Two first contacts under one id may come at once, from both directions or from two impostors: they are
 * decided one after the other, so that the second is held against what the first left.
 */
export class Gate {
  readonly #incarnations: Incarnations;
  readonly #roster: Roster;
  readonly #local: Pick<LocalPeer, "committed" | "founding">;
  readonly #turns = new Map<NodeId, Promise<Refusal | null>>();

  constructor(incarnations: Incarnations, roster: Roster, local: Pick<LocalPeer, "committed" | "founding">) {
    this.#incarnations = incarnations;
    this.#roster = roster;
    this.#local = local;
  }

  /** Null when the peer may pass; on first contact its incarnation is durable by then. Never rejects. */
  async admit(hello: PeerHello): Promise<Refusal | null> {
    const id = hello.nodeId as NodeId;
    const before = this.#turns.get(id);
    const turn = before === undefined ? this.#decide(hello) : before.then(() => this.#decide(hello));
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  /** Why the peer may not pass any more, by the members of this moment; null when it may. */
  refusal(hello: PeerHello): Refusal | null {
    const verdict = this.#judge(hello);
    return verdict.type === "refused" ? verdict.refusal : null;
  }

  async #decide(hello: PeerHello): Promise<Refusal | null> {
    const id = hello.nodeId as NodeId;
    let remembered: LogIndex | null = null;
    // Again after each write: the members may have changed meanwhile.
    for (;;) {
      const verdict = this.#judge(hello);
      if (verdict.type === "refused") return verdict.refusal;
      if (verdict.type === "passes" || verdict.since === remembered) return null;
      try {
        await this.#incarnations.remember(id, verdict.since, hello.incarnation as Incarnation);
      } catch (error) {
        return notRemembered(id, error);
      }
      remembered = verdict.since;
    }
  }

  #judge(hello: PeerHello): Verdict {
    if (hello.incarnation === "") return refused("INVALID_ARGUMENT", noIncarnation(hello));
    const id = hello.nodeId as NodeId;
    const { index } = this.#roster;
    const member = this.#roster.get(id);
    if (member === undefined) {
      const wasRemoved = hello.member && hello.configurationIndex < index;
      return wasRemoved ? refused("MEMBER_REMOVED", removed(hello, index)) : passes;
    }
    const since = member?.since ?? LogIndex(0);
    const named = member?.incarnation ?? "";
    const known = named === "" ? this.#incarnations.known(id, since) : named;
    if (known === hello.incarnation) return passes;
    // By a committed configuration that we do not know to be committed (ours may yet be rolled back) it is the member, and perhaps the only one who can
    // tell us of it. Committed is what counts: what a majority without its former self has agreed on can no longer
    // collide with that one's votes. It is not remembered, for the configuration is to come.
    if (hello.member && hello.configurationIndex > this.#local.committed().index) return passes;
    if (known !== undefined) return refused("IDENTITY_MISMATCH", changed(hello, known, named !== ""));
    if (hello.member && hello.configurationIndex < since)
      return refused("IDENTITY_MISMATCH", former(hello, since));
    // Who knows of the very configuration by which it leaves is no member, and its data is whole all the same. It may
    // be the first time that this node meets it: it is not remembered, since it goes.
    if (this.#roster.isLeaving(id) && !hello.member && hello.configurationIndex >= index) return passes;
    if (member === null && !hello.member) return refused("IDENTITY_MISMATCH", joinsOnly(hello));
    // Who has been met by all founders has met them all; or has lost what it knew of them, and cannot tell any more.
    if (hello.founding && !this.#local.founding()) return refused("IDENTITY_MISMATCH", foundsAgain(hello));
    return { type: "firstContact", since };
  }
}

function refused(code: Refusal["code"], message: string): Verdict {
  return { type: "refused", refusal: { code, message } };
}

function noIncarnation({ nodeId }: PeerHello): string {
  return `node ${quote(nodeId)} sent no incarnation; its release is faulty`;
}

function removed({ nodeId, configurationIndex }: PeerHello, index: LogIndex): string {
  return (
    `node ${quote(nodeId)}, a member as of entry ${configurationIndex}, was removed from the cluster by the ` +
    `configuration of entry ${index}; stop it, and delete or set aside its data directory`
  );
}

const comeBack =
  "Restore the directory that is meant; or, if it is lost for good, start the node with an empty one, `--join` and the peer " +
  "addresses of members, and `--rejoin`";

function changed({ nodeId, incarnation }: PeerHello, known: string, isNamed: boolean): string {
  const why = isNamed ? "is the one that the configuration names" : "was remembered";
  return (
    `node ${quote(nodeId)} comes with incarnation ${quote(incarnation)}, but ${quote(known)} ${why}: its data ` +
    "directory was wiped or replaced, and with it the votes and entries it had promised to keep. " +
    comeBack
  );
}

function former({ nodeId, configurationIndex }: PeerHello, since: LogIndex): string {
  return (
    `node ${quote(nodeId)} comes as the member that it was as of entry ${configurationIndex}; entry ${since} took it in ` +
    `anew, with empty data. ${comeBack}`
  );
}

function joinsOnly({ nodeId }: PeerHello): string {
  return (
    `node ${quote(nodeId)} is a member, but comes with a data directory that is not: it holds none of the votes and ` +
    `entries the member had promised to keep. ${comeBack}`
  );
}

function foundsAgain({ nodeId }: PeerHello): string {
  return (
    `node ${quote(nodeId)} comes to found the cluster, which has been founded: its data directory was wiped, or a founding ` +
    `member lost its own before the two had met. ${comeBack}`
  );
}

function notRemembered(id: NodeId, error: unknown): Refusal {
  if (error instanceof ConclaveError) return { code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: "DISK_FAILED",
    message: `the incarnation of node ${quote(id)} could not be written, so it is not let in: ${reason}`,
  };
}
