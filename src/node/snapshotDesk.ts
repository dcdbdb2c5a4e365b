import type { NodeId } from "../base/brands.ts";
import { endsNode } from "./errors.ts";
import type { SnapshotChunk, SnapshotPull, SnapshotReader, SnapshotStore, Telemetry } from "./ports.ts";
import type { MemberView } from "./service.ts";

export interface SnapshotDeskOptions {
  readonly store: SnapshotStore;
  readonly telemetry: Telemetry;
  /** Our own records turned out to be damaged, or could not be read. */
  readonly onFatal: (error: unknown) => void;
}

/** Hands this node's snapshot to members that ask for it and to backups, and knows how far each member has got. */
export class SnapshotDesk {
  readonly #options: SnapshotDeskOptions;
  readonly #open = new Map<NodeId, CountingReader>();

  constructor(options: SnapshotDeskOptions) {
    this.#options = options;
  }

  /** For a member, or for a backup when `by` is null. Null while there is no checkpoint. */
  async open(by: NodeId | null): Promise<SnapshotReader | null> {
    const source = await this.#source();
    if (source === null) return null;
    const reader = new CountingReader(source, this.#options, () => {
      if (by !== null && this.#open.get(by) === reader) this.#open.delete(by);
    });
    // A member that asks again has left its former stream.
    if (by !== null) this.#open.set(by, reader);
    return reader;
  }

  async #source(): Promise<SnapshotReader | null> {
    try {
      return await this.#options.store.openSnapshot();
    } catch (error) {
      if (endsNode(error)) this.#options.onFatal(error);
      throw error;
    }
  }

  /** What `id` has fetched on its present stream; null when it has none. */
  progressOf(id: NodeId): MemberView["snapshot"] {
    const reader = this.#open.get(id);
    return reader === undefined ? null : { bytes: reader.bytes, totalBytes: reader.header.bytes };
  }
}

class CountingReader implements SnapshotReader {
  readonly header;
  bytes = 0;
  readonly #source: SnapshotReader;
  readonly #options: SnapshotDeskOptions;
  readonly #onClosed: () => void;

  constructor(source: SnapshotReader, options: SnapshotDeskOptions, onClosed: () => void) {
    this.header = source.header;
    this.#source = source;
    this.#options = options;
    this.#onClosed = onClosed;
  }

  async read(pull: SnapshotPull): Promise<SnapshotChunk> {
    try {
      const chunk = await this.#source.read(pull);
      this.bytes += chunk.pairs.byteLength;
      this.#options.telemetry.snapshotSent(chunk.pairs.byteLength);
      return chunk;
    } catch (error) {
      if (endsNode(error)) this.#options.onFatal(error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#onClosed();
    await this.#source.close();
  }
}
