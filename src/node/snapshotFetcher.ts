import type { ClusterId, LogIndex, MonotonicMs, NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { EntryId, SnapshotId } from "../raft/types.ts";
import { delay } from "./pause.ts";
import type { FormatRange, PeerTransport, SnapshotHeader, SnapshotStaging, SnapshotStore } from "./ports.ts";
import type { Runtime } from "./runtime.ts";

/** Of one chunk: a few milliseconds of work at either end. */
const chunkBytes = 256 * 1024;
const retryMs = { initial: 100, max: 2_000 } as const;
/** Least time between two lines of progress, or about the same trouble. */
const tellEveryMs = 5_000;

export interface SnapshotFetcherOptions {
  readonly clusterId: ClusterId;
  readonly formats: FormatRange;
  readonly store: SnapshotStore;
  readonly open: PeerTransport["openSnapshot"];
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** Complete, verified and durable beside the records in force: the core is to decide. */
  readonly onFetched: (header: SnapshotHeader) => void;
  /** The core does not install it, now at least. */
  readonly onDeclined: () => void;
  /** The disk failed. */
  readonly onFailed: (error: unknown) => void;
}

interface Wanted {
  readonly from: NodeId;
  readonly lastIncluded: EntryId;
}

/**
 * Pulls the snapshot that the core asks for, one chunk at a time, so that this node sets the pace. A broken stream is
 * dialled again and goes on where it was, and so does another leader: what is staged is kept until the log has caught
 * up without it.
 */
export class SnapshotFetcher {
  readonly #options: SnapshotFetcherOptions;
  readonly #closed = new AbortController();
  #wanted: Wanted | null = null;
  /** Ends the pulling from the present leader. */
  #stream = new AbortController();
  #staging: SnapshotStaging | null = null;
  #fetched: SnapshotHeader | null = null;
  /** The core has what was fetched before it, or has it installed at the moment. */
  #isOffered = false;
  #running: Promise<void> | null = null;
  #retryMs: number = retryMs.initial;
  #told: { readonly at: MonotonicMs; readonly bytes: number } | null = null;
  #troubleToldAt: MonotonicMs | null = null;

  constructor(options: SnapshotFetcherOptions) {
    this.#options = options;
  }

  /** Of the fetch under way; null when there is none. */
  get progress(): SnapshotStaging["progress"] | null {
    return this.#wanted === null ? null : (this.#staging?.progress ?? { bytes: 0, totalBytes: 0 });
  }

  /** Something is fetched, or was. */
  get isBusy(): boolean {
    return this.#wanted !== null || this.#fetched !== null;
  }

  /** The core's effect `fetchSnapshot`; it comes again and again while the snapshot is needed. */
  fetch(from: NodeId, lastIncluded: EntryId): void {
    if (this.#isOffered || this.#closed.signal.aborted) return;
    if (this.#fetched !== null) {
      // The core may know by now that what it declined is committed. What is older than it asks for is of no use.
      if (this.#fetched.index >= lastIncluded.index) return this.#offer(this.#fetched);
      this.#fetched = null;
    }
    const before = this.#wanted;
    this.#wanted = { from, lastIncluded };
    if (before === null) {
      const { index } = lastIncluded;
      this.#options.logger.info({ from, index }, "the leader's log begins after ours: fetching its snapshot");
    } else if (before.from !== from) {
      this.#options.logger.info({ from, before: before.from }, "fetching the snapshot from another leader");
      this.#stream.abort();
    }
    this.#start(() => this.#run());
  }

  /** What the core wants installed. It asks only for what it was given. */
  take({ index, term }: SnapshotId): SnapshotHeader {
    const header = this.#fetched;
    if (this.#isOffered && header?.index === index && header.term === term) return header;
    throw new ConclaveError(
      "INTERNAL",
      `the snapshot at entry ${index} is to be installed and was not fetched`,
    );
  }

  /** The core has made up its mind about what was offered. What it declines is kept: it may want it a moment later. */
  decided(installing: boolean): void {
    if (!this.#isOffered || installing) return;
    this.#isOffered = false;
    this.#options.onDeclined();
  }

  /** The snapshot that was fetched is in force. */
  installed(): void {
    this.#fetched = null;
    this.#isOffered = false;
  }

  /** The log has caught up through `commitIndex`: a snapshot of no more than that is not needed any longer. */
  check(commitIndex: LogIndex): void {
    if (this.#wanted !== null && this.#wanted.lastIncluded.index <= commitIndex) {
      this.#options.logger.info(
        { commitIndex },
        "the log has caught up: the snapshot is not needed any more",
      );
      this.#wanted = null;
      this.#stream.abort();
    }
    if (this.#fetched !== null && !this.#isOffered && this.#fetched.index <= commitIndex) {
      this.#fetched = null;
      this.#start(() => this.#discard());
    }
  }

  /** Resolves when nothing is staged any more. What is staged is kept for the next start. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#stream.abort();
    await this.#running;
  }

  #offer(header: SnapshotHeader): void {
    this.#isOffered = true;
    this.#options.onFetched(header);
  }

  #start(work: () => Promise<void>): void {
    this.#running ??= work().finally(() => {
      this.#running = null;
    });
  }

  async #run(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      const wanted = this.#wanted;
      if (wanted === null) return await this.#discard();
      const stream = new AbortController();
      this.#stream = stream;
      try {
        const header = await this.#pull(wanted.from, stream.signal);
        // Called off with the last chunk: the next round sees what is wanted now.
        if (stream.signal.aborted) continue;
        this.#wanted = null;
        this.#staging = null;
        this.#fetched = header;
        return this.#offer(header);
      } catch (error) {
        if (isDiskFailure(error)) return this.#options.onFailed(error);
        if (stream.signal.aborted) continue;
        this.#tellTrouble(wanted.from, error);
        await delay(this.#options.runtime, this.#retryMs, stream.signal);
        this.#retryMs = Math.min(this.#retryMs * 2, retryMs.max);
      }
    }
  }

  async #pull(from: NodeId, signal: AbortSignal): Promise<SnapshotHeader> {
    const { store, open } = this.#options;
    const call = await ofSender(from, open(from, signal));
    try {
      this.#checkHeader(from, call.header);
      const staging = await store.stage(call.header);
      this.#staging = staging;
      for (let pull = staging.next(chunkBytes); pull !== null; pull = staging.next(chunkBytes)) {
        const chunk = await ofSender(from, call.pull(pull));
        signal.throwIfAborted();
        await staging.put(pull, chunk);
        signal.throwIfAborted();
        this.#retryMs = retryMs.initial;
        this.#tellProgress(from);
      }
      return await this.#complete(staging);
    } finally {
      call.close();
    }
  }

  /** Chunks that are each intact and do not add up are of no use: the next round begins anew. */
  async #complete(staging: SnapshotStaging): Promise<SnapshotHeader> {
    try {
      return await staging.complete();
    } catch (error) {
      if (error instanceof ConclaveError && error.code === "DATA_CORRUPT") {
        this.#staging = null;
        await this.#options.store.discardStaged();
      }
      throw error;
    }
  }

  #checkHeader(from: NodeId, { clusterId, format }: SnapshotHeader): void {
    const { formats, clusterId: ours } = this.#options;
    if (clusterId !== ours) {
      throw new ConclaveError(
        "IDENTITY_MISMATCH",
        `the snapshot of ${from} is of cluster ${clusterId}, not ${ours}`,
      );
    }
    if (format < formats.min || format > formats.max) {
      throw new ConclaveError(
        "FORMAT_UNSUPPORTED",
        `the snapshot of ${from} is of format ${format}; this release reads ${formats.min} to ${formats.max}: upgrade ` +
          "this node",
      );
    }
  }

  async #discard(): Promise<void> {
    this.#staging = null;
    this.#told = null;
    try {
      await this.#options.store.discardStaged();
    } catch (error) {
      this.#options.onFailed(error);
    }
  }

  #tellProgress(from: NodeId): void {
    const { runtime, logger } = this.#options;
    if (this.#staging === null) return;
    const at = runtime.monotonicMs();
    const { bytes, totalBytes } = this.#staging.progress;
    if (this.#told === null) {
      this.#told = { at, bytes };
      return;
    }
    const elapsedMs = at - this.#told.at;
    if (elapsedMs < tellEveryMs) return;
    const percent = Math.floor((100 * bytes) / Math.max(bytes, totalBytes, 1));
    const bytesPerSecond = Math.round((1000 * (bytes - this.#told.bytes)) / elapsedMs);
    this.#told = { at, bytes };
    logger.info({ from, percent, bytes, totalBytes, bytesPerSecond }, "fetching the snapshot");
  }

  #tellTrouble(from: NodeId, error: unknown): void {
    const at = this.#options.runtime.monotonicMs();
    if (this.#troubleToldAt !== null && at - this.#troubleToldAt < tellEveryMs) return;
    this.#troubleToldAt = at;
    this.#options.logger.warn({ from, err: error }, "the snapshot did not come; trying again");
  }
}

/** Its disk may fail as well, and it says so: that is no reason to end this node. */
async function ofSender<Result>(from: NodeId, answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (cause) {
    if (!isDiskFailure(cause)) throw cause;
    throw new ConclaveError("UNAVAILABLE", `the disk of ${from} has failed`, { cause });
  }
}

function isDiskFailure(error: unknown): boolean {
  return error instanceof ConclaveError && error.code === "DISK_FAILED";
}
