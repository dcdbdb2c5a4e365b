import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { freePorts } from "../processes/freePorts.ts";
import { ownDirectory } from "../processes/owned.ts";
import { ServerProcess } from "../processes/serverProcess.ts";
import { nextWriteAfter } from "./nextWrite.ts";
import { load, missingOf, programOf } from "./optional.ts";
import {
  type BenchQueue,
  type BenchWork,
  type Contender,
  numberIn,
  payloadOf,
  type System,
} from "./system.ts";

export const nats: Contender = {
  name: "nats",
  missing: () =>
    missingOf({ programs: ["nats-server"], libraries: ["@nats-io/transport-node", "@nats-io/jetstream"] }),
  start,
};

interface Connection {
  flush(): Promise<void>;
  close(): Promise<void>;
}
interface Message {
  readonly data: Uint8Array;
  ack(): void;
}
interface StreamInfo {
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly name: string; readonly current: boolean }[];
  };
}
interface Manager {
  readonly streams: {
    add(config: object): Promise<unknown>;
    info(name: string): Promise<StreamInfo>;
  };
  readonly consumers: { add(stream: string, config: object): Promise<unknown> };
}
interface JetStream {
  publish(subject: string, payload: Uint8Array, options?: object): Promise<unknown>;
  readonly consumers: {
    get(
      stream: string,
      name: string,
    ): Promise<{
      consume(options: {
        readonly max_messages: number;
        readonly callback: (message: Message) => void;
      }): Promise<{ close(): Promise<unknown> }>;
    }>;
  };
}
interface Library {
  connect(options: { readonly servers: readonly string[] }): Promise<Connection>;
  jetstream(connection: Connection): JetStream;
  jetstreamManager(connection: Connection, options: typeof unchecked): Promise<Manager>;
}

/** Else it asks at once, and fails until the servers have elected a leader. */
const unchecked = { checkAPI: false } as const;

interface Server {
  readonly name: string;
  readonly process: ServerProcess;
  readonly address: string;
}

async function start(nodes: number): Promise<System> {
  const transport = await load<Pick<Library, "connect">>("@nats-io/transport-node");
  const library: Library = { ...(await load<Library>("@nats-io/jetstream")), connect: transport.connect };
  const program = await programOf("nats-server");
  const { stdout } = await promisify(execFile)(program, ["--version"]);
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  // Older ones cannot be told to sync each write.
  const syncs = major > 2 || (major === 2 && minor >= 10);
  const data = await ownDirectory();
  const servers = await makeServers(program, data.path, nodes, syncs);
  await Promise.all(servers.map((server) => server.process.start()));
  const connection = await library.connect({ servers: servers.map(({ address }) => address) });
  const manager = await library.jetstreamManager(connection, unchecked);
  let rounds = 0;
  return {
    name: nats.name,
    settings:
      `${stdout.trim()}, JetStream R${nodes}, ${syncs ? "every write synced" : "NO sync per write (before 2.10)"}, ` +
      "acks not confirmed",
    groups: () => servers.map((server) => server.process.group).filter((group) => group !== undefined),
    queue: (name, payloadBytes) => openQueue({ library, connection, manager, nodes, name, payloadBytes }),
    failover: () => failover(library, servers, rounds++),
    async [Symbol.asyncDispose]() {
      await connection.close();
      await Promise.all(servers.map((server) => server.process[Symbol.asyncDispose]()));
      await data[Symbol.asyncDispose]();
    },
  };
}

async function makeServers(program: string, root: string, nodes: number, syncs: boolean): Promise<Server[]> {
  const ports = await freePorts(2 * nodes);
  const places = Array.from({ length: nodes }, (_, at) => ({
    name: `s${at + 1}`,
    client: ports[2 * at] ?? 0,
    route: ports[2 * at + 1] ?? 0,
  }));
  const routes = places.map(({ route }) => `"nats://127.0.0.1:${route}"`).join(", ");
  return await Promise.all(
    places.map(async ({ name, client, route }) => {
      const config = join(root, `${name}.conf`);
      const text = [
        `server_name: ${name}`,
        `listen: "127.0.0.1:${client}"`,
        `jetstream { store_dir: "${join(root, name)}"${syncs ? ", sync_interval: always" : ""} }`,
        `cluster { name: bench, listen: "127.0.0.1:${route}", routes: [${routes}] }`,
      ];
      await writeFile(config, `${text.join("\n")}\n`);
      const process = new ServerProcess({ program, args: ["-c", config], port: client });
      return { name, process, address: `127.0.0.1:${client}` };
    }),
  );
}

interface QueueSettings {
  readonly library: Library;
  readonly connection: Connection;
  readonly manager: Manager;
  readonly nodes: number;
  readonly name: string;
  readonly payloadBytes: number;
}

async function openQueue(settings: QueueSettings): Promise<BenchQueue> {
  const { library, connection, manager, nodes, name, payloadBytes } = settings;
  const js = library.jetstream(connection);
  await addStream(manager, name, nodes);
  return {
    put: (n) => js.publish(name, payloadOf(n, payloadBytes), { timeout: 30_000 }),
    work: async (slots, handler): Promise<BenchWork> => {
      const durable = { durable_name: "bench", ack_policy: "explicit", max_ack_pending: 2 * slots };
      await manager.consumers.add(name, durable);
      const consumer = await js.consumers.get(name, durable.durable_name);
      const messages = await consumer.consume({
        max_messages: slots,
        callback: (message) => {
          handler(numberIn(message.data));
          message.ack();
        },
      });
      return {
        settled: () => connection.flush(),
        [Symbol.asyncDispose]: async () => void (await messages.close()),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Refused until the servers have found one another and elected a leader among them. */
async function addStream(manager: Manager, name: string, replicas: number): Promise<void> {
  const givenUpAt = performance.now() + 30_000;
  for (;;) {
    try {
      await manager.streams.add({
        name,
        subjects: [name],
        retention: "workqueue",
        storage: "file",
        num_replicas: replicas,
      });
      return;
    } catch (error) {
      if (performance.now() > givenUpAt) throw error;
      await delay(200);
    }
  }
}

/** The stream's leader is killed; the client publishes at another server. */
async function failover(library: Library, servers: readonly Server[], round: number): Promise<number> {
  const name = `failover-${round}`;
  const finder = await library.connect({ servers: servers.map(({ address }) => address) });
  const manager = await library.jetstreamManager(finder, unchecked);
  await addStream(manager, name, servers.length);
  const leader = (await whole(manager, name, servers.length)).cluster?.leader;
  await finder.close();
  const victim = servers.find((server) => server.name === leader);
  const survivor = servers.find((server) => server !== victim);
  if (victim === undefined || survivor === undefined) throw new Error("a failover needs two nodes or more");
  const connection = await library.connect({ servers: [survivor.address] });
  const js = library.jetstream(connection);
  await js.publish(name, payloadOf(0, 256));
  const gapMs = await nextWriteAfter(
    () => victim.process.kill(),
    () => js.publish(name, payloadOf(0, 256), { timeout: 1_000 }),
  );
  await victim.process.start();
  await whole(await library.jetstreamManager(connection, unchecked), name, servers.length);
  await connection.close();
  return gapMs;
}

/** Resolves once the stream has a leader and all its replicas are up to date. */
async function whole(manager: Manager, name: string, nodes: number): Promise<StreamInfo> {
  for (;;) {
    const info = await manager.streams.info(name).catch(() => undefined);
    const current = info?.cluster?.replicas?.filter((replica) => replica.current).length ?? 0;
    if (info?.cluster?.leader !== undefined && current === nodes - 1) return info;
    await delay(100);
  }
}
