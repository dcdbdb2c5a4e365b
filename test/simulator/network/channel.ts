import { EventEmitter } from "node:events";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { ServiceName } from "../../../src/api/grpc/services.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import { meantFor, type Node, Nodes, type UnaryOptions } from "../../../src/client/nodes.ts";
import { fromGrpc } from "../../../src/client/wireErrors.ts";
import type { NodeStatus__Output } from "../../../src/generated/conclave/v1/NodeStatus.ts";
import type { Life, Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import { currentHost, type Host } from "../time/host.ts";
import { ActHistory } from "../workload/actHistory.ts";
import { methodOf, ServerStream } from "./api.ts";
import { ClientConnection, type OpenCall } from "./clientConnection.ts";
import { placeOf, settle } from "./places.ts";

const keepaliveMs = 5_000;

let redirected = false;

/** From now on the SDK's connections in this process lead into the simulated network. */
export function connectVia(host: Host, world: World, name: string): void {
  settle(host, { world, name });
  if (redirected) return;
  redirected = true;
  const real: (address: string) => Node = Reflect.get(Nodes.prototype, "at");
  const channels = new WeakMap<Nodes, Map<string, SimChannel>>();
  Nodes.prototype.at = function at(this: Nodes, address: string): Node {
    const client = currentHost();
    const place = placeOf(client);
    if (client === null || place === undefined) return Reflect.apply(real, this, [address]);
    const mine = channels.get(this) ?? new Map<string, SimChannel>();
    channels.set(this, mine);
    const meant = (): string => this.clusterId();
    const channel = mine.get(address) ?? new SimChannel(client, place.world, place.name, address, meant);
    mine.set(address, channel);
    return channel as unknown as Node;
  };
}

/** A client's connection to one node: what `Node` of src/client is, over simulated links. */
export class SimChannel {
  readonly address: string;
  readonly jobs;
  readonly work;
  readonly cluster;
  readonly manage;
  readonly schedules;
  readonly #client: Host;
  readonly #world: World;
  readonly #from: string;
  readonly #member: Member;
  readonly #clusterId: () => string;
  #connection: ClientConnection | null = null;

  constructor(client: Host, world: World, from: string, address: string, clusterId: () => string) {
    this.#clusterId = clusterId;
    this.address = address;
    this.#client = client;
    this.#world = world;
    this.#from = from;
    const member = world.members.find(({ id }) => address.startsWith(`${id}:`));
    if (member === undefined) throw new Error(`no node at ${address}`);
    this.#member = member;
    const unary = (service: ServiceName, name: string) => this.#unary(service, name);
    this.jobs = {
      Get: unary("Jobs", "Get"),
      List: unary("Jobs", "List"),
      Cancel: unary("Jobs", "Cancel"),
      Stats: unary("Jobs", "Stats"),
      EnqueueStream: (metadata: Metadata) => this.#stream("Jobs", "EnqueueStream", metadata),
      WaitStream: (metadata: Metadata) => this.#stream("Jobs", "WaitStream", metadata),
    };
    this.work = { Stream: (metadata: Metadata) => this.#stream("Work", "Stream", metadata) };
    this.cluster = {
      Status: unary("Cluster", "Status"),
      Backup: (request: object, metadata: Metadata) => this.#stream("Cluster", "Backup", metadata, request),
    };
    this.manage = {
      GetQueue: unary("Manage", "GetQueue"),
      ListQueues: unary("Manage", "ListQueues"),
      SetQueue: unary("Manage", "SetQueue"),
      ListBreakers: unary("Manage", "ListBreakers"),
      SetBreaker: unary("Manage", "SetBreaker"),
      ManageJobs: unary("Manage", "ManageJobs"),
    };
    this.schedules = {
      Put: unary("Schedules", "Put"),
      Get: unary("Schedules", "Get"),
      List: unary("Schedules", "List"),
      Delete: unary("Schedules", "Delete"),
      Pause: unary("Schedules", "Pause"),
      Resume: unary("Schedules", "Resume"),
      RunNow: unary("Schedules", "RunNow"),
    };
    client.every(keepaliveMs, () => this.#keepAlive());
  }

  get connected(): boolean {
    return this.#connection !== null;
  }

  metadata(): Metadata {
    return meantFor(this.#clusterId());
  }

  connect(timeoutMs: number): Promise<void> {
    this.#countAsked();
    return new Promise((resolve, reject) => {
      const refuse = (): void => reject(new ConclaveError("UNAVAILABLE", `${this.address}: no connection`));
      this.#client.after(timeoutMs, refuse);
      this.#there(() => {
        const { life, machineUp } = this.#member;
        const up = life?.running !== null && life !== null;
        if (!up && !machineUp) return;
        this.#back(() => {
          if (!up || !life.host.alive) return refuse();
          this.#connected(life);
          resolve();
        });
      });
    });
  }

  call<Reply>(
    invoke: (
      metadata: Metadata,
      options: object,
      done: (error: StatusObject | null, reply?: Reply) => void,
    ) => unknown,
    { timeoutMs }: UnaryOptions,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#client.after(timeoutMs, () =>
        reject(fromGrpc(statusOf(status.DEADLINE_EXCEEDED, "no answer"), this.address)),
      );
      invoke(this.metadata(), {}, (error, reply) => {
        if (error === null && reply !== undefined) resolve(reply);
        else reject(fromGrpc(error ?? statusOf(status.INTERNAL, "no reply"), this.address));
      });
    });
  }

  close(): void {
    this.#connection?.loseClient(statusOf(status.CANCELLED, "closed"));
  }

  /** Numbers 11 and 12 of docs/verification/finds.md came of whom the SDK goes on to ask. */
  #countAsked(): void {
    const { intent, isStranger } = this.#member;
    const what = isStranger ? "a node of another cluster" : "a node that was removed";
    if (isStranger || intent === "gone") this.#world.coverage.count("sdk asked", what);
  }

  /**
   * A program that takes another cluster for the one that was meant, because a node of it was the first to answer, can only
   * be started anew: nobody here does so.
   */
  #isMistaken(life: Life): boolean {
    return life.isStranger && !this.#world.acquaintances.hasMet(this.#from);
  }

  #there(run: () => void): void {
    this.#world.links.stream(this.#from, this.#member.id, run);
  }

  #back(run: () => void): void {
    this.#world.links.stream(this.#member.id, this.#from, () => this.#client.run(run));
  }

  #connected(life: Life): void {
    if (this.#connection?.life === life) return;
    this.#connection?.loseClient(statusOf(status.UNAVAILABLE, "connection reset"));
    const ends = { client: this.#client, from: this.#from, member: this.#member, life };
    const connection = new ClientConnection(this.#world, ends, () => {
      if (this.#connection === connection) this.#connection = null;
    });
    this.#connection = connection;
  }

  #keepAlive(): void {
    if (this.#connection?.answers !== false) return;
    this.#connection.loseClient(statusOf(status.UNAVAILABLE, "no answer to a ping"));
  }

  #unary(service: ServiceName, name: string) {
    const method = methodOf(service, name);
    return (
      request: object,
      metadata: Metadata,
      _options: unknown,
      done: (error: StatusObject | null, reply?: object) => void,
    ) => {
      const bytes = method.requestSerialize(request);
      const connection = this.#connection;
      const isDead = (): boolean => connection?.isDead === true;
      const settle = (error: StatusObject | null, reply?: object): void => {
        connection?.calls.delete(call);
        done(error, reply);
      };
      const call: OpenCall = { client: settle, server: () => undefined };
      connection?.calls.add(call);
      this.#there(() => {
        const { life, machineUp } = this.#member;
        const running = life?.running;
        if (isDead()) return;
        const isDown = life === null || running === null || running === undefined;
        if (isDown || this.#isMistaken(life)) {
          if (machineUp) this.#back(() => settle(statusOf(status.UNAVAILABLE, "connection refused")));
          return;
        }
        life.host.run(() => {
          running.api.unary(service, name, bytes, metadata, (error, reply) => {
            const message = error === null ? method.responseDeserialize(reply) : undefined;
            this.#back(() => {
              if (isDead()) return;
              if (name === "Status" && message !== undefined && !life.isStranger)
                this.#world.acquaintances.told(this.#from, message as NodeStatus__Output);
              settle(error, message);
            });
          });
        });
      });
      return { cancel: () => undefined };
    };
  }

  /** With a request it is a call that only answers with many messages. */
  #stream(service: ServiceName, name: string, metadata: Metadata, request?: object): ClientStream {
    const method = methodOf(service, name);
    const connection = this.#connection;
    const { host, running } = connection?.life ?? {};
    const client = new ClientStream();
    if (connection === null || host === undefined || running === null || running === undefined) {
      this.#client.soon(() => client.over(statusOf(status.UNAVAILABLE, "not connected")));
      return client;
    }
    const call: OpenCall = { client: (end) => client.over(end), server: () => server.cancel() };
    const over = (): void => void connection.calls.delete(call);
    const there = (run: () => void): void =>
      this.#there(() => {
        if (!connection.isDead) host.run(run);
      });
    const back = (run: () => void): void =>
      this.#back(() => {
        if (!connection.isDead) run();
      });
    connection.calls.add(call);
    const server = new ServerStream({
      path: method.path,
      metadata,
      request: request && method.requestDeserialize(method.requestSerialize(request)),
      soon: (run) => void host.soon(run),
      send: (message) => {
        const bytes = method.responseSerialize(message);
        back(() => {
          const reply = method.responseDeserialize(bytes);
          if (service === "Work") {
            sdkPrograms.onReceived(this.#client, reply);
            acts.onReceived(reply);
          }
          client.received(reply);
        });
      },
      finish: (end) => {
        back(() => {
          over();
          client.over(end ?? statusOf(status.OK, ""));
        });
      },
    });
    const { sdkLeases } = this.#world.machineChecker;
    const { sdkPrograms, oracle } = this.#world;
    const acts = new ActHistory(oracle, this.#from);
    client.begin({
      write: (message) => {
        if (service === "Work") {
          sdkLeases.onSent(this.#from, message);
          sdkPrograms.onSent(this.#client, message);
          acts.onSent(message);
        }
        const bytes = method.requestSerialize(message);
        there(() => server.received(method.requestDeserialize(bytes)));
      },
      end: () => there(() => server.emit("end")),
      cancel: () =>
        there(() => {
          over();
          server.cancel();
        }),
    });
    if (service === "Work") {
      sdkLeases.onWorkStream(this.#from);
      sdkPrograms.onWorkStream(this.#client);
    }
    there(() => running.api.open(service, name, server));
    return client;
  }
}

interface Wire {
  readonly write: (message: object) => void;
  readonly end: () => void;
  readonly cancel: () => void;
}

/** The client's end of a call that streams, as far as the SDK uses it. */
class ClientStream extends EventEmitter {
  #wire: Wire | null = null;
  #over = false;
  /** For whoever asks for message after message: what has come, and how it ended. */
  #come: object[] | null = null;
  #end: StatusObject | null = null;
  #look: (() => void) | null = null;

  begin(wire: Wire): void {
    this.#wire = wire;
  }

  write(message: object): boolean {
    if (!this.#over) this.#wire?.write(message);
    return true;
  }

  end(): void {
    if (!this.#over) this.#wire?.end();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#wire?.cancel();
    this.#ended(statusOf(status.CANCELLED, "cancelled"));
  }

  received(message: object): void {
    if (this.#over) return;
    this.#come?.push(message);
    this.#look?.();
    this.emit("data", message);
  }

  over(end: StatusObject): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended(end);
    this.emit("status", end);
  }

  /** As Node's readable streams give what comes. */
  [Symbol.asyncIterator](): AsyncGenerator<object> {
    this.#come = [];
    return this.#each(this.#come);
  }

  async *#each(come: object[]): AsyncGenerator<object> {
    for (;;) {
      const next = come.shift();
      if (next !== undefined) yield next;
      else if (this.#end !== null) {
        const { code, details, metadata } = this.#end;
        if (code === status.OK) return;
        throw Object.assign(new Error(details), { code, details, metadata });
      } else
        await new Promise<void>((resolve) => {
          this.#look = resolve;
        });
    }
  }

  #ended(end: StatusObject): void {
    this.#end = end;
    this.#look?.();
  }
}

function statusOf(code: status, details: string): StatusObject {
  return { code, details, metadata: new Metadata() };
}
