import { Incarnation, NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { damaged } from "./damage.ts";
import { readSealed, writeSealed } from "./sealedFile.ts";
import type { WriteFuse } from "./writeFuse.ts";

/**
 * Which incarnation of each peer this node has met: a peer whose disk was wiped has forgotten its votes and
 * acks, and must not be taken for the one that gave them.
 */
export class PeerIncarnations {
  readonly #path: string;
  readonly #fuse: WriteFuse;
  #known: ReadonlyMap<NodeId, Incarnation>;
  #writing: Promise<void> = Promise.resolve();

  /** Rejects with DATA_CORRUPT when the file is damaged or gone. */
  static async open(path: string, fuse: WriteFuse): Promise<PeerIncarnations> {
    const fields = await readSealed(path);
    const peers = fields?.["peers"];
    if (typeof peers !== "object" || peers === null) throw damaged(path, "it is missing or lacks a field");
    const known = Object.entries(peers).map(
      ([id, incarnation]) => [NodeId(id), Incarnation(String(incarnation))] as const,
    );
    return new PeerIncarnations(path, fuse, new Map(known));
  }

  /** Makes the file of a fresh directory. */
  static async create(path: string): Promise<void> {
    await writeSealed(path, { peers: {} });
  }

  private constructor(path: string, fuse: WriteFuse, known: ReadonlyMap<NodeId, Incarnation>) {
    this.#path = path;
    this.#fuse = fuse;
    this.#known = known;
  }

  known(id: NodeId): Incarnation | null {
    return this.#known.get(id) ?? null;
  }

  /**
   * Resolves once durable. Rejects with IDENTITY_MISMATCH when another incarnation of the peer is known, and
   * with DISK_FAILED.
   */
  async remember(id: NodeId, incarnation: Incarnation): Promise<void> {
    // One after the other, so that neither of two peers met at once is lost.
    const written = this.#writing.then(() => this.#remember(id, incarnation));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #remember(id: NodeId, incarnation: Incarnation): Promise<void> {
    const before = this.#known.get(id);
    if (before === incarnation) return;
    if (before !== undefined) {
      throw new ConclaveError(
        "IDENTITY_MISMATCH",
        `node ${id} is known as incarnation ${before} and now comes as ${incarnation}: its data directory was ` +
          "wiped or replaced, so its earlier votes and acknowledgements are forgotten. Remove it from the cluster " +
          "and add it again as a new member",
      );
    }
    const known = new Map(this.#known).set(id, incarnation);
    await this.#fuse.guard(this.#path, () => writeSealed(this.#path, { peers: Object.fromEntries(known) }));
    this.#known = known;
  }
}
