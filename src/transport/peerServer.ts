import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { ConclaveError } from "../base/errors.ts";
import { formatHostPort, requireHostPort } from "../base/hostPort.ts";
import { peerService, serverOptions } from "./channel.ts";
import { tuneServer } from "./tuneServer.ts";
import type { TransportLimits, TransportTimings } from "./types.ts";

/** The gRPC server that peers dial. */
export class PeerServer {
  readonly #server: Server;

  constructor(
    handlers: UntypedServiceImplementation & Record<keyof typeof peerService, unknown>,
    timings: TransportTimings,
    limits: TransportLimits,
  ) {
    this.#server = new Server(serverOptions(timings, limits));
    this.#server.addService(peerService, handlers);
  }

  /** Resolves to the address that was bound. Rejects with CONFIG_INVALID when it cannot be. */
  async listen(address: string): Promise<string> {
    const { host } = requireHostPort(address, "the address to listen on for peers");
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(cannotListen(address, error));
      });
    });
    tuneServer(this.#server);
    return formatHostPort({ host, port });
  }

  /** Stops listening, has all calls ended, and waits for their connections for at most `timeoutMs`. */
  async close(timeoutMs: number, endCalls: () => void): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
      endCalls();
    });
    this.#server.forceShutdown();
  }
}

function cannotListen(address: string, error: Error): ConclaveError {
  return new ConclaveError(
    "CONFIG_INVALID",
    `cannot listen for peers on ${address}: ${error.message}; free the address, or choose another one and tell ` +
      "it to all nodes",
    { cause: error },
  );
}
