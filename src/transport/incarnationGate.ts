import type { Incarnation, NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { quote, type Refusal } from "./handshake.ts";
import type { Incarnations } from "./types.ts";

/**
 * One incarnation per node id, for good. Two first contacts under one id may come at once, from both
 * directions or from two impostors: they are decided one after the other, so that the second is held against
 * what the first left.
 */
export class IncarnationGate {
  readonly #incarnations: Incarnations;
  readonly #turns = new Map<NodeId, Promise<Refusal | null>>();

  constructor(incarnations: Incarnations) {
    this.#incarnations = incarnations;
  }

  /** Null when the peer may pass; on first contact its incarnation is durable by then. Never rejects. */
  async admit(id: NodeId, incarnation: Incarnation): Promise<Refusal | null> {
    const before = this.#turns.get(id);
    const turn =
      before === undefined ? this.#decide(id, incarnation) : before.then(() => this.#decide(id, incarnation));
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  async #decide(id: NodeId, incarnation: Incarnation): Promise<Refusal | null> {
    if (incarnation === "") {
      return {
        code: "INVALID_ARGUMENT",
        message: `node ${quote(id)} sent no incarnation; its release is faulty`,
      };
    }
    const known = this.#incarnations.known(id);
    if (known === incarnation) return null;
    if (known !== undefined) return changed(id, known, incarnation);
    try {
      await this.#incarnations.remember(id, incarnation);
      return null;
    } catch (error) {
      if (error instanceof ConclaveError) return { code: error.code, message: error.message };
      const reason = error instanceof Error ? error.message : String(error);
      return {
        code: "DISK_FAILED",
        message: `the incarnation of node ${quote(id)} could not be written, so it is not let in: ${reason}`,
      };
    }
  }
}

function changed(id: NodeId, known: Incarnation, incarnation: Incarnation): Refusal {
  return {
    code: "IDENTITY_MISMATCH",
    message:
      `node ${quote(id)} comes with incarnation ${quote(incarnation)}, but ${quote(known)} was remembered: its ` +
      "data directory was wiped or replaced, and with it the votes and entries it had promised to keep. " +
      "Restore the directory, or let the machine join under a new node id",
  };
}
