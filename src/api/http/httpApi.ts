import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ConclaveError } from "../../base/errors.ts";
import { formatHostPort, requireHostPort } from "../../base/hostPort.ts";
import type { Logger } from "../../base/logger.ts";
import type { NodeService } from "../../node/service.ts";
import { type Answer, json, type MetricsSource, routes } from "./routes.ts";

export interface HttpApiOptions {
  readonly node: NodeService;
  readonly metrics: MetricsSource;
  readonly logger: Logger;
  /** `host:port`; port 0 lets the system choose. */
  readonly listen: string;
}

/** Connections at a time: a few scrapers and probes, and room for what should not be there. */
const maxConnections = 256;

/** Metrics, health and status over HTTP, for scrapers, orchestrators and people with curl. Read-only. */
export class HttpApi {
  readonly #options: HttpApiOptions;
  readonly #server: Server;
  /** Oldest first. */
  readonly #sockets = new Set<Socket>();

  constructor(options: HttpApiOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        maxHeaderSize: 8192,
        headersTimeout: 5000,
        requestTimeout: 10_000,
        keepAliveTimeout: 5000,
        // These bounds are looked after so often only; by default, every 30 s.
        connectionsCheckingInterval: 1000,
      },
      (request, response) => void this.#respond(request, response),
    );
    this.#server.maxHeadersCount = 64;
    this.#server.on("connection", (socket) => this.#admit(socket));
  }

  /** Resolves to the `host:port` it listens on. Rejects with CONFIG_INVALID when it cannot. */
  async start(): Promise<string> {
    const { listen, logger } = this.#options;
    const { host, port } = requireHostPort(listen, "the address to listen on for HTTP");
    await new Promise<void>((resolve, reject) => {
      const refused = (cause: Error): void => {
        reject(
          new ConclaveError("CONFIG_INVALID", `cannot serve HTTP at ${listen}: ${cause.message}`, { cause }),
        );
      };
      this.#server.once("error", refused);
      this.#server.listen(port, host, () => {
        this.#server.off("error", refused);
        this.#server.on("error", (error) => logger.error({ err: error }, "the HTTP server failed"));
        resolve();
      });
    });
    const bound = this.#server.address();
    const address = formatHostPort({
      host,
      port: typeof bound === "object" && bound !== null ? bound.port : port,
    });
    logger.info({ address }, "serving metrics and health");
    return address;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Whoever comes last is let in, and the oldest goes: a crowd that only sits there must not fail a health check. */
  #admit(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#sockets.size <= maxConnections) return;
    for (const oldest of this.#sockets) {
      this.#sockets.delete(oldest);
      oldest.destroy();
      return;
    }
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A body is neither wanted nor waited for.
    request.resume();
    const answer = await this.#answer(request);
    response.writeHead(answer.status, {
      "content-type": answer.contentType,
      "content-length": Buffer.byteLength(answer.body),
      "cache-control": "no-store",
      ...(answer.status === 405 && { allow: "GET, HEAD" }),
    });
    response.end(request.method === "HEAD" ? undefined : answer.body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) {
      return json(404, { error: "there is nothing here", paths: Object.keys(routes) });
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return json(405, { error: "only GET and HEAD are answered here" });
    }
    try {
      return await route(this.#options.node, this.#options.metrics);
    } catch (error) {
      this.#options.logger.error({ err: error, path }, "an HTTP request failed for a reason of this node");
      return json(500, { error: "this node could not answer; its log has the reason" });
    }
  }
}
