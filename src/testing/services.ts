import { EventEmitter } from "node:events";
import { Metadata, type MethodDefinition, type StatusObject } from "@grpc/grpc-js";
import { allServices } from "../api/grpc/allServices.ts";
import type { ServiceContext } from "../api/grpc/context.ts";
import { ErrorReporter } from "../api/grpc/errorReporter.ts";
import { LiveCalls } from "../api/grpc/liveCalls.ts";
import { type ServiceName, serviceDefinition } from "../api/grpc/services.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { defaultSizes } from "../codec/api/limits.ts";
import type { NodeService } from "../node/service.ts";
import type { ServerStream } from "./memoryStream.ts";
import type { VirtualTime } from "./virtualTime.ts";

/** `reader`: a stream from the server. */
export type Kind = "unary" | "bidirectional" | "reader" | "other";
type Method = MethodDefinition<object, object>;
type Done = (error: StatusObject | null, reply?: object) => void;

/** The real services of a node, for callers in this process. */
export class Services {
  readonly #time: VirtualTime;
  readonly #calls = new LiveCalls();
  readonly #handlers: Readonly<Record<ServiceName, Readonly<Record<string, unknown>>>>;
  readonly #definitions = {
    Jobs: serviceDefinition("Jobs"),
    Work: serviceDefinition("Work"),
    Cluster: serviceDefinition("Cluster"),
    Manage: serviceDefinition("Manage"),
    Schedules: serviceDefinition("Schedules"),
  } as const;

  constructor(node: NodeService, time: VirtualTime, logger: Logger) {
    this.#time = time;
    const context: ServiceContext = {
      node,
      errors: new ErrorReporter(logger),
      calls: this.#calls,
      logger,
      streamLimits: { maxRequests: 1024, maxBytes: 16 * 1024 * 1024 },
      sizes: defaultSizes,
      after: (delayMs, callback) => time.after(delayMs, callback),
    };
    this.#handlers = allServices(context);
  }

  methods(service: ServiceName): readonly { readonly name: string; readonly kind: Kind }[] {
    return Object.entries(this.#definitions[service]).map(([name, { requestStream, responseStream }]) => {
      // A backup reads what is on disk, and there is none.
      if (name === "Backup" || (requestStream && !responseStream)) return { name, kind: "other" };
      if (requestStream) return { name, kind: "bidirectional" };
      return { name, kind: responseStream ? "reader" : "unary" };
    });
  }

  method(service: ServiceName, name: string): Method {
    const method = this.#definitions[service][name];
    if (method === undefined) throw new ConclaveError("INTERNAL", `there is no method ${service}.${name}`);
    return method as Method;
  }

  unary(service: ServiceName, name: string, request: object, done: Done): { cancel(): void } {
    const method = this.method(service, name);
    const bytes = method.requestSerialize(request);
    const call = Object.assign(new EventEmitter(), {
      request: method.requestDeserialize(bytes),
      metadata: new Metadata(),
      getPath: () => method.path,
      cancelled: false,
    });
    this.#time.soon(() => {
      const handle = this.#handlers[service][name] as (call: unknown, done: Done) => void;
      handle(call, (error, reply) => {
        if (error !== null || reply === undefined) done(error);
        else done(null, method.responseDeserialize(method.responseSerialize(reply)));
      });
    });
    return {
      cancel: () => {
        call.cancelled = true;
        call.emit("cancelled");
      },
    };
  }

  open(service: ServiceName, name: string, stream: ServerStream): void {
    const handle = this.#handlers[service][name] as (call: unknown) => void;
    handle(stream);
  }

  /** Ends what lasts. */
  close(): void {
    this.#calls.stopAll(new ConclaveError("SHUTTING_DOWN", "the test cluster is closed"));
  }
}
