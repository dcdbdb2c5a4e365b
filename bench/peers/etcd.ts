import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Client, credentials, loadPackageDefinition, type ServiceError } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import type { INamespace } from "protobufjs";
import { freePorts } from "../processes/freePorts.ts";
import { ownDirectory } from "../processes/owned.ts";
import { flagsOf, ServerProcess } from "../processes/serverProcess.ts";
import { nextWriteAfter } from "./nextWrite.ts";
import { missingOf, programOf } from "./optional.ts";
import { type Contender, payloadOf, type System } from "./system.ts";

export const etcd: Contender = {
  name: "etcd",
  missing: () => missingOf({ programs: ["etcd"], libraries: [] }),
  start,
};

/** The few calls that are needed, of etcd's rpc.proto; the client is the one that we use ourselves. */
const api = {
  nested: {
    etcdserverpb: {
      nested: {
        KV: { methods: { Put: { requestType: "PutRequest", responseType: "PutResponse" } } },
        Maintenance: {
          methods: { Status: { requestType: "StatusRequest", responseType: "StatusResponse" } },
        },
        PutRequest: { fields: { key: { type: "bytes", id: 1 }, value: { type: "bytes", id: 2 } } },
        PutResponse: { fields: { header: { type: "ResponseHeader", id: 1 } } },
        ResponseHeader: { fields: { memberId: { type: "uint64", id: 2 } } },
        StatusRequest: { fields: {} },
        StatusResponse: {
          fields: { header: { type: "ResponseHeader", id: 1 }, leader: { type: "uint64", id: 4 } },
        },
      },
    },
  },
} as const;

type Unary<Request, Reply> = (
  request: Request,
  options: { readonly deadline: number },
  done: (error: ServiceError | null, reply: Reply) => void,
) => void;
interface Kv extends Client {
  readonly Put: Unary<{ readonly key: Buffer; readonly value: Buffer }, object>;
}
interface Maintenance extends Client {
  readonly Status: Unary<object, { readonly header: { readonly memberId: string }; readonly leader: string }>;
}
interface Api {
  readonly etcdserverpb: {
    readonly KV: new (address: string, credentials: object) => Kv;
    readonly Maintenance: new (address: string, credentials: object) => Maintenance;
  };
}

class Member implements AsyncDisposable {
  readonly server: ServerProcess;
  readonly #kv: Kv;
  readonly #maintenance: Maintenance;

  constructor(server: ServerProcess, port: number, { etcdserverpb }: Api) {
    this.server = server;
    this.#kv = new etcdserverpb.KV(`127.0.0.1:${port}`, credentials.createInsecure());
    this.#maintenance = new etcdserverpb.Maintenance(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  put(key: string, value: Buffer, timeoutMs = 30_000): Promise<unknown> {
    return new Promise<void>((resolve, reject) => {
      this.#kv.Put({ key: Buffer.from(key), value }, { deadline: Date.now() + timeoutMs }, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  /** False as well when it knows no leader, or does not answer. */
  leads(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#maintenance.Status({}, { deadline: Date.now() + 2_000 }, (error, reply) =>
        resolve(error === null && reply.leader !== "0" && reply.leader === reply.header.memberId),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kv.close();
    this.#maintenance.close();
    await this.server[Symbol.asyncDispose]();
  }
}

async function start(nodes: number): Promise<System> {
  const program = await programOf("etcd");
  const { stdout } = await promisify(execFile)(program, ["--version"]);
  const data = await ownDirectory();
  const loaded = loadPackageDefinition(
    fromJSON(api as unknown as INamespace, { longs: String }),
  ) as unknown as Api;
  const ports = await freePorts(2 * nodes);
  const places = Array.from({ length: nodes }, (_, at) => ({
    name: `e${at + 1}`,
    client: ports[2 * at] ?? 0,
    peer: ports[2 * at + 1] ?? 0,
  }));
  const founders = places.map(({ name, peer }) => `${name}=http://127.0.0.1:${peer}`).join(",");
  const members = places.map(({ name, client, peer }) => {
    const args = flagsOf({
      name,
      "data-dir": join(data.path, name),
      logger: "zap",
      "log-outputs": "stderr",
      "listen-client-urls": `http://127.0.0.1:${client}`,
      "advertise-client-urls": `http://127.0.0.1:${client}`,
      "listen-peer-urls": `http://127.0.0.1:${peer}`,
      "initial-advertise-peer-urls": `http://127.0.0.1:${peer}`,
      "initial-cluster": founders,
      "initial-cluster-state": "new",
    });
    return new Member(new ServerProcess({ program, args, port: client }), client, loaded);
  });
  await Promise.all(members.map(({ server }) => server.start()));
  await leaderOf(members);
  return {
    name: etcd.name,
    settings: `${stdout.split("\n")[0]}, ${nodes} nodes, fdatasync on a majority, @grpc/grpc-js client at the leader`,
    groups: () => members.map(({ server }) => server.group).filter((group) => group !== undefined),
    queue: async (name, payloadBytes) => {
      const leader = await leaderOf(members);
      return {
        put: (n) => leader.put(`${name}/${n}`, payloadOf(n, payloadBytes)),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
    failover: () => failover(members),
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map((member) => member[Symbol.asyncDispose]()));
      await data[Symbol.asyncDispose]();
    },
  };
}

async function leaderOf(members: readonly Member[]): Promise<Member> {
  for (;;) {
    const leading = await Promise.all(members.map((member) => member.leads()));
    const leader = members[leading.indexOf(true)];
    if (leader !== undefined) return leader;
  }
}

/** The client writes at a member that stays. */
async function failover(members: readonly Member[]): Promise<number> {
  const leader = await leaderOf(members);
  const survivor = members.find((member) => member !== leader) ?? leader;
  await survivor.put("failover", payloadOf(0, 256));
  const gapMs = await nextWriteAfter(
    () => leader.server.kill(),
    () => survivor.put("failover", payloadOf(0, 256), 1_000),
  );
  await leader.server.start();
  // It serves when a write through it goes into the log that it follows.
  for (;;) {
    const took = await leader.put("failover", payloadOf(0, 256), 1_000).then(
      () => true,
      () => false,
    );
    if (took) return gapMs;
  }
}
