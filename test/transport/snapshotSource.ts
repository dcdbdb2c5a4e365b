import { crc32 } from "node:zlib";
import { ClusterId, LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { decodeSnapshotAnswer, type SnapshotAnswerFrame } from "../../src/codec/peerSnapshot.ts";
import type {
  SnapshotCall,
  SnapshotChunk,
  SnapshotHeader,
  SnapshotPull,
  SnapshotReader,
} from "../../src/node/ports.ts";
import { openChannel, type PeerChannel } from "../../src/transport/channel.ts";
import { defaultLimits, defaultTimings } from "../../src/transport/types.ts";

export const noBytes = new Uint8Array(0);

/** Records by numbered keys, in memory; a chunk is as many as fit, and one at least. */
export class SnapshotSource implements SnapshotReader {
  readonly pulls: SnapshotPull[] = [];
  readonly header: SnapshotHeader;
  closed = 0;
  #gate: Promise<void> = Promise.resolve();
  #open = (): void => undefined;
  readonly #values: readonly Buffer[];

  constructor(count: number, valueBytes: number, header: Partial<SnapshotHeader> = {}) {
    this.#values = Array.from({ length: count }, (_, i) => Buffer.alloc(valueBytes, i));
    this.header = {
      format: 1,
      clusterId: ClusterId("test"),
      index: LogIndex(500),
      term: Term(3),
      checksum: 77,
      configuration: {
        index: LogIndex(4),
        membership: { voters: [NodeId("a"), NodeId("b")], outgoing: [], learners: [] },
      },
      count,
      sum: 12345,
      bytes: count * valueBytes,
      ...header,
    };
  }

  async read(pull: SnapshotPull): Promise<SnapshotChunk> {
    this.pulls.push(pull);
    await this.#gate;
    const first = pull.afterKey.length === 0 ? 0 : Number(Buffer.from(pull.afterKey).toString()) + 1;
    const values: Buffer[] = [];
    let bytes = 0;
    for (const value of this.#values.slice(first)) {
      if (values.length > 0 && bytes + value.length > pull.maxBytes) break;
      values.push(value);
      bytes += value.length;
    }
    const pairs = Buffer.concat(values);
    const last = first + values.length - 1;
    const isLast = last >= this.#values.length - 1;
    return { pairs, checksum: crc32(pairs), lastKey: keyOf(last), same: false, isLast };
  }

  /** Reads wait from now on, until `resume`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  resume(): void {
    this.#open();
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

export function keyOf(n: number): Buffer {
  return Buffer.from(String(n).padStart(6, "0"));
}

export function pullAfter(afterKey: Uint8Array, maxBytes = 1000): SnapshotPull {
  return { afterKey, have: null, maxBytes };
}

/** Pulls from there to the end; resolves to the bytes. */
export async function pullAll(call: SnapshotCall, afterKey: Uint8Array, maxBytes: number): Promise<number> {
  let bytes = 0;
  for (let after = afterKey; ; ) {
    const chunk = await call.pull(pullAfter(after, maxBytes));
    bytes += chunk.pairs.length;
    if (chunk.isLast) return bytes;
    after = chunk.lastKey;
  }
}

/** A puller that says whatever a test wants. */
export class RawPuller {
  readonly answers: SnapshotAnswerFrame[] = [];
  readonly #channel: PeerChannel;
  #ended: string | null = null;

  constructor(address: string) {
    this.#channel = openChannel("snapshot", `ipv4:${address}`, defaultTimings, defaultLimits);
    this.#channel.call.on("data", (bytes: Buffer) => this.answers.push(decodeSnapshotAnswer(bytes)));
    this.#channel.call.on("error", (error: Error) => {
      this.#ended ??= error.message;
    });
    this.#channel.call.on("status", () => {
      this.#ended ??= "ended";
    });
  }

  /** The error it ended with, "ended" for none, null while open. */
  get ended(): string | null {
    return this.#ended;
  }

  /** It goes on sending, and takes nothing more. */
  stopReading(): void {
    this.#channel.call.pause();
  }

  send(bytes: Uint8Array): void {
    this.#channel.call.write(Buffer.from(bytes));
  }

  async close(): Promise<void> {
    this.#channel.destroy();
  }
}
