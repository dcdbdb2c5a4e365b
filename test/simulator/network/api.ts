import { EventEmitter } from "node:events";
import type { Metadata, MethodDefinition, StatusObject } from "@grpc/grpc-js";
import { allServices } from "../../../src/api/grpc/allServices.ts";
import { afterReally, type ServiceContext } from "../../../src/api/grpc/context.ts";
import { ErrorReporter } from "../../../src/api/grpc/errorReporter.ts";
import { LiveCalls } from "../../../src/api/grpc/liveCalls.ts";
import { type ServiceName, serviceDefinition } from "../../../src/api/grpc/services.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import { defaultSizes } from "../../../src/codec/api/limits.ts";
import type { NodeService } from "../../../src/node/service.ts";
import { silentLogger } from "../cluster/silentLogger.ts";

export type Method = MethodDefinition<object, object>;

const definitions = {
  Jobs: serviceDefinition("Jobs"),
  Work: serviceDefinition("Work"),
  Cluster: serviceDefinition("Cluster"),
  Manage: serviceDefinition("Manage"),
  Schedules: serviceDefinition("Schedules"),
} as const;

/** How requests and replies become bytes and back, as grpc-js does it. */
export function methodOf(service: ServiceName, name: string): Method {
  const method = definitions[service][name];
  if (method === undefined) throw new Error(`no method ${service}.${name}`);
  return method as Method;
}

type Handler = (call: unknown, callback: (error: StatusObject | null, reply?: object) => void) => void;

/** The node's real services for clients, without the sockets. */
export class SimApi {
  readonly #calls = new LiveCalls();
  readonly #services: Readonly<Record<ServiceName, Readonly<Record<string, unknown>>>>;

  constructor(node: NodeService) {
    const context: ServiceContext = {
      node,
      errors: new ErrorReporter(silentLogger),
      calls: this.#calls,
      logger: silentLogger,
      streamLimits: { maxRequests: 1024, maxBytes: 16 * 1024 * 1024 },
      sizes: defaultSizes,
      after: afterReally,
    };
    this.#services = allServices(context);
  }

  unary(
    service: ServiceName,
    name: string,
    bytes: Buffer,
    metadata: Metadata,
    answer: (error: StatusObject | null, reply: Buffer) => void,
  ): void {
    const method = methodOf(service, name);
    const call = Object.assign(new EventEmitter(), {
      request: method.requestDeserialize(bytes),
      metadata,
      getPath: () => method.path,
      cancelled: false,
    });
    this.#handler(service, name)(call, (error, reply) => {
      answer(
        error,
        error === null && reply !== undefined ? method.responseSerialize(reply) : Buffer.alloc(0),
      );
    });
  }

  open(service: ServiceName, name: string, stream: ServerStream): void {
    this.#handler(service, name)(stream, () => undefined);
  }

  /** The node shuts down: what lasts is ended. */
  close(): void {
    this.#calls.stopAll(
      new ConclaveError("SHUTTING_DOWN", "this node is shutting down; connect to another node"),
    );
  }

  #handler(service: ServiceName, name: string): Handler {
    return this.#services[service][name] as Handler;
  }
}

/** The server's end of a call that streams, as far as the services use it. */
export class ServerStream extends EventEmitter {
  readonly metadata: Metadata;
  /** Of a call that brings one message, and answers with many. */
  readonly request: object | undefined;
  readonly #path: string;
  readonly #send: (message: object) => void;
  readonly #finish: (status: StatusObject | null) => void;
  readonly #soon: (run: () => void) => void;
  #paused = false;
  #over = false;
  #held: object[] = [];

  constructor(parts: {
    readonly path: string;
    readonly metadata: Metadata;
    readonly request?: object | undefined;
    readonly send: (message: object) => void;
    readonly finish: (status: StatusObject | null) => void;
    readonly soon: (run: () => void) => void;
  }) {
    super();
    this.metadata = parts.metadata;
    this.request = parts.request;
    this.#path = parts.path;
    this.#send = parts.send;
    this.#finish = parts.finish;
    this.#soon = parts.soon;
    this.on("error", (status: StatusObject) => this.#end(status));
  }

  getPath(): string {
    return this.#path;
  }

  /** A message has come. */
  received(message: object): void {
    if (this.#over) return;
    if (this.#paused) this.#held.push(message);
    else this.emit("data", message);
  }

  write(message: object, sent?: (error?: Error | null) => void): boolean {
    if (this.#over) return false;
    this.#send(message);
    this.#soon(() => sent?.(this.#over ? new Error("the call is over") : null));
    return true;
  }

  end(): void {
    this.#end(null);
  }

  /** The other side has gone, or the connection has. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.emit("cancelled");
  }

  get cancelled(): boolean {
    return this.#over;
  }

  pause(): this {
    this.#paused = true;
    return this;
  }

  resume(): this {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.received(message);
    return this;
  }

  isPaused(): boolean {
    return this.#paused;
  }

  #end(status: StatusObject | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#finish(status);
    this.#soon(() => this.emit("cancelled"));
  }
}
