import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

export const rabbitmq: Contender = {
  name: "rabbitmq",
  missing: () => missingOf({ programs: ["rabbitmq-server", "epmd"], libraries: ["amqplib"] }),
  start,
};

interface Message {
  readonly content: Buffer;
}
interface Channel {
  assertQueue(name: string, options: object): Promise<unknown>;
  checkQueue(name: string): Promise<unknown>;
  sendToQueue(
    name: string,
    content: Buffer,
    options: { readonly persistent: boolean },
    done: (error: Error | null) => void,
  ): boolean;
  prefetch(count: number): Promise<unknown>;
  consume(name: string, take: (message: Message | null) => void): Promise<unknown>;
  ack(message: Message): void;
  close(): Promise<void>;
}
interface Connection {
  on(event: "error", listener: (error: Error) => void): void;
  createConfirmChannel(): Promise<Channel>;
  close(): Promise<void>;
  readonly connection: { readonly serverProperties: { readonly version: string } };
}
interface Amqplib {
  readonly connect: (url: string) => Promise<Connection>;
}

interface Broker {
  readonly server: ServerProcess;
  readonly url: string;
}

async function start(nodes: number): Promise<System> {
  const { connect } = await load<Amqplib>("amqplib");
  const data = await ownDirectory();
  const [epmdPort = 0, ...ports] = await freePorts(1 + 2 * nodes);
  // A port mapper of its own: the usual one would be shared with other nodes, and stay when all of ours are gone.
  const epmd = new ServerProcess({
    program: await programOf("epmd"),
    args: ["-address", "127.0.0.1", "-port", String(epmdPort)],
    port: epmdPort,
  });
  await epmd.start();
  const brokers: Broker[] = [];
  for (let at = 0; at < nodes; at++) {
    const [port = 0, distPort = 0] = ports.slice(2 * at);
    const broker = await makeBroker({ root: data.path, at, port, distPort, epmdPort });
    await broker.server.start();
    brokers.push(broker);
  }
  // A queue's leader is the node that it was declared at: the first.
  const connection = await open(connect, brokers[0]?.url ?? "");
  let rounds = 0;
  return {
    name: rabbitmq.name,
    settings:
      `RabbitMQ ${connection.connection.serverProperties.version}, quorum queue on ${nodes} nodes, publisher confirms, ` +
      "client at the queue's leader",
    groups: () =>
      [...brokers.map(({ server }) => server.group), epmd.group].filter((group) => group !== undefined),
    queue: (name, payloadBytes) => openQueue(connection, name, payloadBytes),
    failover: () => failover(connect, brokers, rounds++),
    async [Symbol.asyncDispose]() {
      await connection.close().catch(() => undefined);
      await Promise.all(brokers.map(({ server }) => server[Symbol.asyncDispose]()));
      await epmd[Symbol.asyncDispose]();
      await data[Symbol.asyncDispose]();
    },
  };
}

interface BrokerSettings {
  readonly root: string;
  readonly at: number;
  readonly port: number;
  readonly distPort: number;
  readonly epmdPort: number;
}

async function makeBroker({ root, at, port, distPort, epmdPort }: BrokerSettings): Promise<Broker> {
  const home = join(root, `r${at + 1}`);
  await mkdir(home);
  const cookie = join(home, ".erlang.cookie");
  await writeFile(cookie, "CONCLAVEBENCH");
  await chmod(cookie, 0o400);
  await writeFile(join(home, "enabled_plugins"), "[].\n");
  // Each finds the first; the first finds nobody and founds the cluster.
  const config = [
    `listeners.tcp.default = 127.0.0.1:${port}`,
    "cluster_formation.peer_discovery_backend = classic_config",
    "cluster_formation.classic_config.nodes.1 = r1@localhost",
    "cluster_formation.discovery_retry_limit = 1",
    // Set for servers that may take the whole machine; the disk of a laptop is often fuller than that.
    "disk_free_limit.absolute = 100MB",
    "log.console.level = error",
  ];
  await writeFile(join(home, "rabbitmq.conf"), `${config.join("\n")}\n`);
  const server = new ServerProcess({
    program: await programOf("rabbitmq-server"),
    args: [],
    env: {
      HOME: home,
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      // The start script then becomes the server instead of waiting for it.
      RUNNING_UNDER_SYSTEMD: "true",
      RABBITMQ_NODENAME: `r${at + 1}@localhost`,
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_CONFIG_FILE: join(home, "rabbitmq.conf"),
      RABBITMQ_CONF_ENV_FILE: join(home, "rabbitmq-env.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(home, "enabled_plugins"),
      RABBITMQ_MNESIA_BASE: join(home, "mnesia"),
      RABBITMQ_LOG_BASE: join(home, "log"),
      RABBITMQ_LOGS: "-",
      RABBITMQ_PID_FILE: join(home, "pid"),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    },
    port,
  });
  return { server, url: `amqp://guest:guest@127.0.0.1:${port}` };
}

async function open(connect: Amqplib["connect"], url: string): Promise<Connection> {
  const connection = await connect(url);
  // A killed broker breaks it; whoever waits for a confirmation hears of that.
  connection.on("error", () => undefined);
  return connection;
}

async function openQueue(connection: Connection, name: string, payloadBytes: number): Promise<BenchQueue> {
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(name, { durable: true, arguments: { "x-queue-type": "quorum" } });
  return {
    put: (n) => publish(channel, name, payloadOf(n, payloadBytes)),
    work: async (slots, handler): Promise<BenchWork> => {
      const consumer = await connection.createConfirmChannel();
      await consumer.prefetch(slots);
      await consumer.consume(name, (message) => {
        if (message === null) return;
        handler(numberIn(message.content));
        consumer.ack(message);
      });
      return {
        // Acks are never answered; a question asked after them on the same channel is answered after them.
        settled: async () => void (await consumer.checkQueue(name)),
        [Symbol.asyncDispose]: () => consumer.close(),
      };
    },
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

function publish(channel: Channel, queue: string, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue(queue, content, { persistent: true }, (error) =>
      error === null || error === undefined ? resolve() : reject(error),
    );
  });
}

/** A queue declared at the broker that is killed is led by it; the client publishes at another. */
async function failover(
  connect: Amqplib["connect"],
  brokers: readonly Broker[],
  round: number,
): Promise<number> {
  // Never the first: the connection of the other measurements is there.
  const victim = brokers[1 + (round % (brokers.length - 1))];
  const survivor = brokers[0];
  if (victim === undefined || survivor === undefined) throw new Error("a failover needs two nodes or more");
  const name = `failover-${round}`;
  const declaring = await open(connect, victim.url);
  const declarer = await openQueue(declaring, name, 256);
  await declarer.put(0);
  const connection = await open(connect, survivor.url);
  const queue = await openQueue(connection, name, 256);
  await queue.put(0);
  const gapMs = await nextWriteAfter(
    () => victim.server.kill(),
    () => queue.put(0),
  );
  await declaring.close().catch(() => undefined);
  await connection.close();
  await victim.server.start();
  return gapMs;
}
