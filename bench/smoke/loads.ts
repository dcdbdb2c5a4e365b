import { bytesCodec, type Cluster } from "conclave";
import { numberIn, payloadOf } from "../peers/system.ts";

const payloadBytes = 256;

/** A fixed number of jobs, whose order depends on acknowledgements alone and never on the clock. */
export interface Load {
  readonly name: string;
  readonly jobs: number;
  /** How many times what was recorded its entries, writes and messages may be: more where acks may come in other groups. */
  readonly room: number;
  readonly run: (client: Cluster) => Promise<void>;
}

/** Calls of one turn, all acknowledged before the next turn's: what a request carries, and the entry made of it. */
const turns: Load = {
  name: "1000 enqueue calls a turn",
  jobs: 10_000,
  room: 1.05,
  run: async (client) => {
    const queue = client.queue<Uint8Array>("turns", { codec: bytesCodec });
    for (let turn = 0; turn < 10; turn++) {
      await Promise.all(Array.from({ length: 1_000 }, (_, n) => queue.enqueue(payloadOf(n, payloadBytes))));
    }
  },
};

/** One call after the other, nothing to share a message or a write with. */
const alone: Load = {
  name: "one caller alone",
  jobs: 200,
  room: 1.05,
  run: async (client) => {
    const queue = client.queue<Uint8Array>("alone", { codec: bytesCodec });
    for (let n = 0; n < 200; n++) await queue.enqueue(payloadOf(n, payloadBytes));
  },
};

/** What gathers while a write is under way shares the next one. */
const callers: Load = {
  name: "64 callers",
  jobs: 3_200,
  room: 1.25,
  run: async (client) => {
    const queue = client.queue<Uint8Array>("callers", { codec: bytesCodec });
    const caller = async (): Promise<void> => {
      for (let n = 0; n < 50; n++) await queue.enqueue(payloadOf(n, payloadBytes));
    };
    await Promise.all(Array.from({ length: 64 }, caller));
  },
};

/** Enqueued, handed out, run and completed, 500 at a time; each group is over before the next begins. */
const endToEnd: Load = {
  name: "end to end",
  jobs: 10_000,
  room: 1.5,
  run: async (client) => {
    const [groups, size] = [20, 500];
    const queue = client.queue<Uint8Array, null>("end-to-end", { codec: bytesCodec });
    const waiting = new Map<number, () => void>();
    // Its disposal waits until the cluster has taken every outcome.
    await using _worker = queue.work({ concurrency: size }, (job) => {
      waiting.get(numberIn(job.data))?.();
      return null;
    });
    for (let group = 0; group < groups; group++) {
      const jobs = Array.from({ length: size }, async (_, n) => {
        const handled = new Promise<void>((done) => waiting.set(n, done));
        await queue.enqueue(payloadOf(n, payloadBytes));
        await handled;
      });
      await Promise.all(jobs);
    }
  },
};

export const loads: readonly Load[] = [turns, alone, callers, endToEnd];
