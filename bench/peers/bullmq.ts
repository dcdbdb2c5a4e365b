import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { freePorts } from "../processes/freePorts.ts";
import { ownDirectory } from "../processes/owned.ts";
import { flagsOf, ServerProcess } from "../processes/serverProcess.ts";
import { load, missingOf, programOf } from "./optional.ts";
import type { BenchQueue, BenchWork, Contender, System } from "./system.ts";

export const bullmq: Contender = {
  name: "bullmq",
  missing: () => missingOf({ programs: ["redis-server"], libraries: ["bullmq", "ioredis"] }),
  start,
};

interface Data {
  readonly n: number;
  readonly filler: string;
}
interface Connection {
  readonly host: string;
  readonly port: number;
  readonly maxRetriesPerRequest: null;
}
interface Queue {
  add(name: string, data: Data, options: object): Promise<unknown>;
  getJobCounts(...states: string[]): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}
interface Worker {
  on(event: "error", listener: (error: Error) => void): void;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}
interface Bullmq {
  readonly Queue: new (name: string, options: { readonly connection: Connection }) => Queue;
  readonly Worker: new (
    name: string,
    handler: (job: { readonly data: Data }) => Promise<null>,
    options: { readonly connection: Connection; readonly concurrency: number },
  ) => Worker;
}

/** One Redis: there is nothing that it would fail over to. */
async function start(): Promise<System> {
  const library = await load<Bullmq>("bullmq");
  const program = await programOf("redis-server");
  const { stdout } = await promisify(execFile)(program, ["--version"]);
  const version = /v=([\d.]+)/.exec(stdout)?.[1];
  const data = await ownDirectory();
  const [port = 0] = await freePorts(1);
  const args = flagsOf({
    bind: "127.0.0.1",
    port: String(port),
    dir: data.path,
    save: "",
    appendonly: "yes",
    appendfsync: "always",
    "maxmemory-policy": "noeviction",
  });
  const server = new ServerProcess({ program, args, port });
  await server.start();
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
  return {
    name: bullmq.name,
    settings: `BullMQ on one Redis ${version}, appendfsync always, no replica`,
    groups: () => (server.group === undefined ? [] : [server.group]),
    queue: (name, payloadBytes) => Promise.resolve(openQueue(library, connection, name, payloadBytes)),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await data[Symbol.asyncDispose]();
    },
  };
}

function openQueue(library: Bullmq, connection: Connection, name: string, payloadBytes: number): BenchQueue {
  const queue = new library.Queue(name, { connection });
  const filler = "x".repeat(payloadBytes);
  return {
    put: (n) => queue.add("job", { n, filler }, { removeOnComplete: true }),
    work: async (slots, handler): Promise<BenchWork> => {
      const worker = new library.Worker(
        name,
        (job) => {
          handler(job.data.n);
          return Promise.resolve(null);
        },
        { connection, concurrency: slots },
      );
      worker.on("error", () => undefined);
      await worker.waitUntilReady();
      return {
        settled: async () => {
          for (;;) {
            const counts = await queue.getJobCounts("waiting", "active", "prioritized");
            if (Object.values(counts).every((count) => count === 0)) return;
            await delay(10);
          }
        },
        [Symbol.asyncDispose]: () => worker.close(),
      };
    },
    [Symbol.asyncDispose]: () => queue.close(),
  };
}
