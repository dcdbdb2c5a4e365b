/** What is compared: us and our peers, behind one interface, each with its own client library. */
export interface Contender {
  readonly name: string;
  /** Why it cannot run here, and what would help; undefined when it can. */
  missing(): Promise<string | undefined>;
  /** Its servers on loopback, with durable settings. Resolves once they take writes. */
  start(nodes: number): Promise<System>;
}

export interface System extends AsyncDisposable {
  readonly name: string;
  /** Versions, and what an acknowledged write rests on. */
  readonly settings: string;
  /** The process groups of its servers, as of now. */
  groups(): readonly number[];
  /** An empty queue, or what holds the writes of a system that has none. */
  queue(name: string, payloadBytes: number): Promise<BenchQueue>;
  /** Kills the leader and makes the cluster whole again; ms from the signal to the next write acknowledged. */
  readonly failover?: () => Promise<number>;
}

export interface BenchQueue extends AsyncDisposable {
  /** Resolves once the write is acknowledged. */
  put(n: number): Promise<unknown>;
  /** Hands jobs to `handler`, `slots` at a time at the most, and completes them. Absent: it only keeps writes. */
  readonly work?: (slots: number, handler: (n: number) => void) => Promise<BenchWork>;
}

export interface BenchWork extends AsyncDisposable {
  /** Resolves once nothing is left and the servers have taken every completion. */
  settled(): Promise<void>;
}

/** A payload that carries its number. */
export function payloadOf(n: number, bytes: number): Buffer {
  const payload = Buffer.alloc(bytes, "x");
  payload.writeUInt32LE(n);
  return payload;
}

export function numberIn(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0, true);
}
