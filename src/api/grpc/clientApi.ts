import * as grpc from "@grpc/grpc-js";
import { ConclaveError } from "../../base/errors.ts";
import { formatHostPort, requireHostPort } from "../../base/hostPort.ts";
import type { Logger } from "../../base/logger.ts";
import { defaultSizes, type SizeLimits } from "../../codec/api/limits.ts";
import type { NodeService } from "../../node/service.ts";
import { allServices } from "./allServices.ts";
import { affordableConnections, limitConnections } from "./connectionLimit.ts";
import { type After, afterReally, type ServiceContext, type StreamLimits } from "./context.ts";
import { ErrorReporter } from "./errorReporter.ts";
import { LiveCalls } from "./liveCalls.ts";
import { widenReceiveWindows } from "./receiveWindow.ts";
import { serviceDefinition, serviceNames } from "./services.ts";

export interface ClientApiOptions {
  readonly node: NodeService;
  readonly logger: Logger;
  /** `host:port`; port 0 lets the system choose. */
  readonly listen: string;
  /** Defaults to plaintext. */
  readonly credentials?: grpc.ServerCredentials;
  /** Defaults to 1024 requests and 16 MiB of requests under way on one stream. */
  readonly streamLimits?: StreamLimits;
  /** Connections of clients at a time. Defaults to what the limit of open files has room for, at most 10,000. */
  readonly maxConnections?: number;
  /** Default: those of proto/conclave/v1. */
  readonly sizes?: SizeLimits;
  /** Defaults to the process's timers. */
  readonly after?: After;
}

const serverOptions: grpc.ServerOptions = {
  "grpc.max_concurrent_streams": 1000,
  // A worker whose machine vanished without a word must not be handed jobs for hours.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5000,
  "grpc.keepalive_permit_without_calls": 1,
};

/** The gRPC server for clients: the services of proto/conclave/v1. */
export class ClientApi {
  readonly #server: grpc.Server;
  readonly #calls = new LiveCalls();
  readonly #logger: Logger;
  readonly #listen: string;
  readonly #credentials: grpc.ServerCredentials;
  readonly #maxConnections: number;
  #closed: Promise<void> | null = null;

  constructor(options: ClientApiOptions) {
    this.#logger = options.logger;
    this.#listen = options.listen;
    this.#credentials = options.credentials ?? grpc.ServerCredentials.createInsecure();
    this.#maxConnections = options.maxConnections ?? affordableConnections();
    const sizes = options.sizes ?? defaultSizes;
    this.#server = new grpc.Server({
      ...serverOptions,
      // A request somewhat over its limit is still read, so that its refusal can say which limit and by how much.
      "grpc.max_receive_message_length":
        Math.max(sizes.maxBatchBytes, defaultSizes.maxBatchBytes) + 1024 * 1024,
    });
    const context: ServiceContext = {
      node: options.node,
      errors: new ErrorReporter(options.logger),
      calls: this.#calls,
      logger: options.logger,
      streamLimits: options.streamLimits ?? { maxRequests: 1024, maxBytes: 16 * 1024 * 1024 },
      sizes,
      after: options.after ?? afterReally,
    };
    const services = allServices(context);
    for (const name of serviceNames) this.#server.addService(serviceDefinition(name), services[name]);
  }

  /** Resolves to the `host:port` it listens on. Rejects with CONFIG_INVALID when it cannot. */
  async start(): Promise<string> {
    const { host } = requireHostPort(this.#listen, "the address to listen on for clients");
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(this.#listen, this.#credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(cannotListen(this.#listen, error));
      });
    });
    limitConnections(this.#server, this.#maxConnections, this.#logger);
    widenReceiveWindows(this.#server);
    const address = formatHostPort({ host, port });
    this.#logger.info({ address }, "serving clients");
    return address;
  }

  /**
   * Takes no new call, ends streams and long polls with SHUTTING_DOWN once what they have under way is answered,
   * and waits for the rest; what is left after `drainMs` is cut off.
   */
  close(drainMs: number): Promise<void> {
    this.#closed ??= this.#close(drainMs);
    return this.#closed;
  }

  async #close(drainMs: number): Promise<void> {
    this.#calls.stopAll(
      new ConclaveError(
        "SHUTTING_DOWN",
        "this node is shutting down; connect to another node of the cluster",
      ),
    );
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#logger.warn(
          { drainMs },
          "clients are cut off: calls were still open at the end of the drain time",
        );
        this.#server.forceShutdown();
        resolve();
      }, drainMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function cannotListen(listen: string, cause: Error): ConclaveError {
  return new ConclaveError(
    "CONFIG_INVALID",
    `cannot serve clients at ${listen}: ${cause.message}; is the port taken, or the address another machine's?`,
    { cause },
  );
}
