import { Incarnation, LogIndex, NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { damaged } from "./damage.ts";
import { readSealed, writeSealed } from "./sealedFile.ts";
import { Turnstile } from "./turnstile.ts";
import type { WriteFuse } from "./writeFuse.ts";

/** By node id, and there by the index of the entry that took the node in (0 for a founding member). */
type Met = ReadonlyMap<NodeId, ReadonlyMap<LogIndex, Incarnation>>;

/**
 * Which incarnation of each member this node has met: a peer whose disk was wiped has forgotten its votes and
 * acks, and must not be taken for the one that gave them. A node that was taken in again is another member under the
 * same id. What it was before is kept until it can no longer come back: the entry that replaces it may yet be cut off.
 */
export class PeerIncarnations {
  readonly #path: string;
  readonly #fuse: WriteFuse;
  #met: Met;
  /** So that neither of two peers met at once is lost. */
  readonly #turnstile = new Turnstile();

  /** Rejects with DATA_CORRUPT when the file is damaged or gone. */
  static async open(path: string, fuse: WriteFuse): Promise<PeerIncarnations> {
    const fields = await readSealed(path);
    const peers = fields?.["peers"];
    if (typeof peers !== "object" || peers === null) throw damaged(path, "it is missing or lacks a field");
    return new PeerIncarnations(
      path,
      fuse,
      new Map(Object.entries(peers).map(([id, value]) => [NodeId(id), readMet(value)])),
    );
  }

  /** Makes the file of a fresh directory. */
  static async create(path: string): Promise<void> {
    await writeSealed(path, { peers: {} });
  }

  private constructor(path: string, fuse: WriteFuse, met: Met) {
    this.#path = path;
    this.#fuse = fuse;
    this.#met = met;
  }

  /** Of the member that was taken in by the entry `since`; null when it was not met yet. */
  known(id: NodeId, since: LogIndex): Incarnation | null {
    return this.#met.get(id)?.get(since) ?? null;
  }

  /**
   * Resolves once durable. Rejects with IDENTITY_MISMATCH when another incarnation of this member is known, and
   * with DISK_FAILED.
   */
  remember(id: NodeId, since: LogIndex, incarnation: Incarnation): Promise<void> {
    return this.#turnstile.run(() => this.#remember(id, since, incarnation));
  }

  /**
   * Forgets all but these members, by the entry that took each in. To be called with a *committed* configuration.
   * Resolves once durable. Rejects with DISK_FAILED.
   */
  forgetOthers(members: ReadonlyMap<NodeId, LogIndex>): Promise<void> {
    return this.#turnstile.run(async () => {
      const kept = new Map<NodeId, ReadonlyMap<LogIndex, Incarnation>>();
      let forgotten = 0;
      for (const [id, bySince] of this.#met) {
        const left = [...bySince].filter(([since]) => since >= (members.get(id) ?? Number.POSITIVE_INFINITY));
        forgotten += bySince.size - left.length;
        if (left.length > 0) kept.set(id, new Map(left));
      }
      if (forgotten > 0) await this.#write(kept);
    });
  }

  async #remember(id: NodeId, since: LogIndex, incarnation: Incarnation): Promise<void> {
    const before = this.known(id, since);
    if (before === incarnation) return;
    if (before !== null) {
      throw new ConclaveError(
        "IDENTITY_MISMATCH",
        `node ${id} is known as incarnation ${before} and now comes as ${incarnation}: its data directory was ` +
          "wiped or replaced, so its earlier votes and acknowledgements are forgotten. Start it with --join and " +
          "--rejoin, so that the cluster takes it in again with empty data",
      );
    }
    const bySince = new Map(this.#met.get(id)).set(since, incarnation);
    await this.#write(new Map(this.#met).set(id, bySince));
  }

  async #write(met: Met): Promise<void> {
    const peers = Object.fromEntries([...met].map(([id, bySince]) => [id, Object.fromEntries(bySince)]));
    await this.#fuse.guard(this.#path, () => writeSealed(this.#path, { peers }));
    this.#met = met;
  }
}

/** A release that knew only founding members wrote the incarnation alone. */
function readMet(value: unknown): ReadonlyMap<LogIndex, Incarnation> {
  if (typeof value !== "object" || value === null)
    return new Map([[LogIndex(0), Incarnation(String(value))]]);
  return new Map(
    Object.entries(value).map(([since, incarnation]) => [
      LogIndex(Number(since)),
      Incarnation(String(incarnation)),
    ]),
  );
}
