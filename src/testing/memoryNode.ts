import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { ServiceName } from "../api/grpc/services.ts";
import { ConclaveError } from "../base/errors.ts";
import { aborted } from "../client/budget.ts";
import type { Node, UnaryOptions } from "../client/nodes.ts";
import { onAbort } from "../client/signals.ts";
import { fromGrpc } from "../client/wireErrors.ts";
import { ClientReader, ClientStream, ServerStream } from "./memoryStream.ts";
import type { Kind, Services } from "./services.ts";
import type { VirtualTime } from "./virtualTime.ts";

type Done = (error: StatusObject | null, reply?: object) => void;

/** A client's connection to the node of a test cluster: the real messages, encoded and decoded, without the sockets. */
export class MemoryNode implements Node {
  readonly address: string;
  readonly jobs: Node["jobs"];
  readonly work: Node["work"];
  readonly cluster: Node["cluster"];
  readonly schedules: Node["schedules"];
  readonly manage: Node["manage"];
  readonly #services: Services;
  readonly #time: VirtualTime;
  readonly #open = new Set<() => void>();
  #severed = false;

  constructor(address: string, services: Services, time: VirtualTime) {
    this.address = address;
    this.#services = services;
    this.#time = time;
    this.jobs = this.#stub("Jobs") as Node["jobs"];
    this.work = this.#stub("Work") as Node["work"];
    this.cluster = this.#stub("Cluster") as Node["cluster"];
    this.schedules = this.#stub("Schedules") as Node["schedules"];
    this.manage = this.#stub("Manage") as Node["manage"];
  }

  get connected(): boolean {
    return !this.#severed;
  }

  /** There is but one cluster here that it could be meant for. */
  metadata(): Metadata {
    return new Metadata();
  }

  connect(): Promise<void> {
    if (!this.#severed) return Promise.resolve();
    return Promise.reject(new ConclaveError("UNAVAILABLE", `${this.address}: the connection was cut`));
  }

  call<Reply>(invoke: Parameters<Node["call"]>[0], { timeoutMs, signal }: UnaryOptions): Promise<Reply> {
    if (signal?.aborted === true) return Promise.reject(aborted(signal));
    return new Promise<Reply>((resolve, reject) => {
      let late = false;
      const call = invoke(this.metadata(), {}, (error, reply) => {
        unlisten();
        disarm();
        if (error === null) resolve(reply as Reply);
        else if (signal?.aborted === true) reject(aborted(signal));
        else if (late) reject(fromGrpc(statusOf(status.DEADLINE_EXCEEDED, "no answer"), this.address));
        else reject(fromGrpc(error, this.address));
      });
      const unlisten = onAbort(signal, () => call.cancel());
      const disarm = this.#time.after(timeoutMs, () => {
        late = true;
        call.cancel();
      });
    });
  }

  /** As if the process at this end had been killed: nothing from it arrives any more, and nothing reaches it. */
  sever(): void {
    this.#severed = true;
    for (const cut of this.#open) cut();
    this.#open.clear();
  }

  close(): void {
    this.sever();
  }

  /** An object with the service's methods, as far as the SDK calls them. */
  #stub(service: ServiceName): unknown {
    const methods = this.#services
      .methods(service)
      .map(({ name, kind }) => [name, this.#caller(service, name, kind)]);
    return Object.fromEntries(methods);
  }

  #caller(service: ServiceName, name: string, kind: Kind) {
    switch (kind) {
      case "unary":
        return (request: object, _metadata: unknown, _options: unknown, done: Done) =>
          this.#unary(service, name, request, done);
      case "bidirectional":
        return () => this.#stream(service, name);
      case "reader":
        return (request: object) => this.#read(service, name, request);
      case "other":
        return () => {
          throw new ConclaveError("INVALID_ARGUMENT", `a test cluster does not serve ${service}.${name}`);
        };
    }
  }

  #unary(service: ServiceName, name: string, request: object, done: Done) {
    const time = this.#time;
    let over = false;
    const finish: Done = (error, reply) => {
      if (over) return;
      over = true;
      this.#open.delete(cut);
      time.soon(() => done(error, reply));
    };
    const cut = () => finish(statusOf(status.UNAVAILABLE, "the connection was cut"));
    if (this.#severed) cut();
    else this.#open.add(cut);
    const call = this.#services.unary(service, name, request, finish);
    return {
      cancel: () => {
        call.cancel();
        finish(statusOf(status.CANCELLED, "cancelled"));
      },
    };
  }

  #stream(service: ServiceName, name: string): ClientStream {
    const time = this.#time;
    const method = this.#services.method(service, name);
    const client: ClientStream = new ClientStream({
      send: (message) => {
        const bytes = method.requestSerialize(message);
        if (!this.#severed) time.soon(() => server.received(method.requestDeserialize(bytes)));
      },
      end: () => time.soon(() => server.emit("end")),
      cancel: () => leave(),
    });
    const { server, leave } = this.#serve(service, name, client);
    return client;
  }

  #read(service: ServiceName, name: string, request: object): ClientReader {
    const method = this.#services.method(service, name);
    const client: ClientReader = new ClientReader(() => leave());
    const received = method.requestDeserialize(method.requestSerialize(request));
    const { leave } = this.#serve(service, name, client, received);
    return client;
  }

  /** The server's end of a stream, which begins in a moment. `leave`: the client is gone. */
  #serve(service: ServiceName, name: string, client: ClientStream | ClientReader, request?: object) {
    const time = this.#time;
    const method = this.#services.method(service, name);
    const wire = {
      send: (message: object) => {
        const bytes = method.responseSerialize(message);
        time.soon(() => {
          if (!this.#severed) client.received(method.responseDeserialize(bytes));
        });
      },
      finish: (end: StatusObject | null) => {
        this.#open.delete(cut);
        time.soon(() => client.over(end ?? statusOf(status.OK, "")));
      },
    };
    const server = new ServerStream(time, method.path, wire, request);
    const cut = () => {
      time.soon(() => {
        server.left();
        client.over(statusOf(status.UNAVAILABLE, "the connection was cut"));
      });
    };
    const leave = () => {
      this.#open.delete(cut);
      time.soon(() => server.left());
    };
    if (this.#severed) cut();
    else {
      this.#open.add(cut);
      time.soon(() => this.#services.open(service, name, server));
    }
    return { server, leave };
  }
}

function statusOf(code: status, details: string): StatusObject {
  return { code, details, metadata: new Metadata() };
}
