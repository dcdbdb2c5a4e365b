import { pipeline } from "node:stream/promises";
import { type ClientReadableStream, status } from "@grpc/grpc-js";
import { ConclaveError } from "../base/errors.ts";
import type { BackupPart__Output } from "../generated/conclave/v1/BackupPart.ts";
import type { SnapshotHeader__Output } from "../generated/conclave/v1/SnapshotHeader.ts";
import { backupBytes } from "./backupBytes.ts";
import { aborted, Budget } from "./budget.ts";
import { processClock } from "./clock.ts";
import { consistencyToWire, toWire } from "./names.ts";
import type { Node } from "./nodes.ts";
import type { Reader, ReadOptions } from "./reader.ts";
import { onAbort } from "./signals.ts";
import { fromGrpc } from "./wireErrors.ts";

/** BackupPart of proto/conclave/v1/cluster.proto: the header first, then chunks of records. */
export type BackupPart = BackupPart__Output;

/** `timeout` bounds the wait for the first part, over all retries, and for each further one; default 30 s. */
export type BackupOptions = ReadOptions;

/** What a backup holds. */
export interface BackupInfo {
  readonly clusterId: string;
  /** Everything through this entry is in it. */
  readonly index: number;
  readonly term: number;
  readonly records: number;
  /** Of the backup as a file. */
  readonly bytes: number;
}

/**
 * Everything that the cluster holds, as of a moment after the call. Nothing is asked before it is read, and each reading
 * is a backup of its own. It is whole only when it was read to its end without an error; a node that fails under way
 * is not replaced by another, whose parts would not fit.
 *
 * Iterated, it gives the bytes of a file that `conclave restore` takes.
 */
export class Backup implements AsyncIterable<Uint8Array> {
  readonly #reader: Reader;
  readonly #options: BackupOptions;

  constructor(reader: Reader, options: BackupOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return backupBytes(this.parts());
  }

  /** Pipes the bytes into `writable` and ends it. Rejects with ConclaveError, or with what the writable failed with. */
  async writeTo(writable: NodeJS.WritableStream): Promise<BackupInfo> {
    let header: SnapshotHeader__Output | undefined;
    let bytes = 0;
    const noted = async function* (parts: AsyncIterable<BackupPart>): AsyncGenerator<BackupPart> {
      for await (const part of parts) {
        header ??= part.header ?? undefined;
        yield part;
      }
    };
    const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    };
    // A pipeline that fails waits for the part that is on its way, which may never come.
    const failed = new AbortController();
    writable.once("error", (error) => failed.abort(error));
    await pipeline(counted(backupBytes(noted(this.#read(failed.signal)))), writable);
    if (header === undefined) throw new ConclaveError("INTERNAL", "a backup ended without a header");
    const { clusterId, index, term, count } = header;
    return { clusterId, index, term, records: count, bytes };
  }

  /** The messages as the node sends them. */
  parts(): AsyncGenerator<BackupPart> {
    return this.#read(undefined);
  }

  async *#read(failed: AbortSignal | undefined): AsyncGenerator<BackupPart> {
    const signals = [this.#options.signal, failed].filter((signal) => signal !== undefined);
    const budget = new Budget({ ...this.#options, signal: AbortSignal.any(signals) });
    const consistency = toWire(consistencyToWire, this.#options.consistency ?? "linearizable", "consistency");
    const call = await this.#reader.read(this.#options, budget, async (node) => {
      const opened = new BackupCall(
        node,
        node.cluster.Backup({ consistency }, node.metadata()),
        budget.signal,
      );
      await opened.begin(Math.max(1, budget.remainingMs));
      return opened;
    });
    try {
      yield call.first;
      for (;;) {
        const part = await call.next(budget.timeoutMs);
        yield part;
        if (part.chunk?.isLast === true) return;
      }
    } finally {
      call.cancel();
    }
  }
}

/** One call to one node. What it gives is read at the pace of whoever asks for it. */
class BackupCall {
  readonly #node: Node;
  readonly #stream: ClientReadableStream<BackupPart>;
  readonly #parts: AsyncIterator<BackupPart>;
  readonly #signal: AbortSignal | undefined;
  #first: BackupPart | undefined;
  #count = 0;

  constructor(node: Node, stream: ClientReadableStream<BackupPart>, signal: AbortSignal | undefined) {
    this.#node = node;
    this.#stream = stream;
    this.#signal = signal;
    this.#parts = stream[Symbol.asyncIterator]() as AsyncIterator<BackupPart>;
    // A call that is cancelled between two parts reports so, to nobody.
    stream.on("error", () => undefined);
  }

  /** Waits for the header: up to here the call may be made anew, anywhere. */
  async begin(timeoutMs: number): Promise<void> {
    try {
      this.#first = await this.#part(timeoutMs);
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  get first(): BackupPart {
    if (this.#first === undefined) throw new ConclaveError("INTERNAL", "a backup was read before it began");
    return this.#first;
  }

  /** Rejects with UNAVAILABLE when the stream broke or stalled: the backup has to be taken again from its beginning. */
  async next(timeoutMs: number): Promise<BackupPart> {
    try {
      return await this.#part(timeoutMs);
    } catch (cause) {
      if (cause instanceof ConclaveError && cause.code === "ABORTED") throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ConclaveError(
        "UNAVAILABLE",
        `the backup broke off after ${this.#count} parts (${why}); what came is of no use, take it again`,
        { cause },
      );
    }
  }

  cancel(): void {
    this.#stream.cancel();
  }

  async #part(timeoutMs: number): Promise<BackupPart> {
    this.#checkSignal();
    let late = false;
    const disarm = processClock.after(timeoutMs, () => {
      late = true;
      this.cancel();
    });
    const unlisten = onAbort(this.#signal, () => this.cancel());
    try {
      const { done, value } = await this.#parts.next();
      if (done === true) throw this.#over("it ended before its last part");
      this.#count++;
      return value;
    } catch (error) {
      this.#checkSignal();
      if (late) throw this.#over(`nothing came for ${timeoutMs} ms`);
      if (isServiceError(error)) throw fromGrpc(error, this.#node.address);
      throw error;
    } finally {
      disarm();
      unlisten();
    }
  }

  #checkSignal(): void {
    if (this.#signal?.aborted === true) throw aborted(this.#signal);
  }

  #over(what: string): ConclaveError {
    return new ConclaveError("UNAVAILABLE", `${this.#node.address}: ${what}`);
  }
}

function isServiceError(error: unknown): error is Parameters<typeof fromGrpc>[0] {
  return error instanceof Error && "code" in error && typeof error.code === "number" && error.code in status;
}
