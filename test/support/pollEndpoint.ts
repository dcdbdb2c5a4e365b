import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request of a node, as the endpoint saw it. */
export interface Seen {
  readonly what: "poll" | "ack";
  readonly node: string;
  readonly term: number;
  /** Answered, or its connection is gone. */
  over: boolean;
}

interface Waiting {
  readonly seen: Seen;
  readonly limit: number;
  readonly answer: (items: readonly unknown[]) => void;
}

/**
 * A queue behind HTTP, as users have one: GET offers what is not acknowledged and hangs while there is nothing, POST
 * acknowledges. It keeps who asked, and what a duty of one leader at a time must never do.
 */
export class PollEndpoint implements AsyncDisposable {
  readonly seen: Seen[] = [];
  /** Requests of a term below one that had been seen; polls of a node while another one's was open. */
  readonly staleTerms: string[] = [];
  readonly overlaps: string[] = [];
  readonly acknowledged = new Set<string>();
  readonly #server: Server;
  readonly #pending = new Map<string, unknown>();
  readonly #waiting = new Set<Waiting>();
  #highestTerm = 0;
  #url = "";

  static async start(): Promise<PollEndpoint> {
    const endpoint = new PollEndpoint();
    await new Promise<void>((resolve) => endpoint.#server.listen(0, "127.0.0.1", resolve));
    endpoint.#url = `http://127.0.0.1:${(endpoint.#server.address() as AddressInfo).port}`;
    return endpoint;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      response.on("error", () => undefined);
      if (request.method === "POST") this.#onAck(request, response);
      else this.#onPoll(request, response);
    });
  }

  get url(): string {
    return this.#url;
  }

  /** Offered to every poll until acknowledged. */
  offer(...items: readonly { readonly id: string }[]): void {
    for (const item of items) this.#pending.set(item.id, item);
    for (const waiting of this.#waiting) {
      waiting.answer([...this.#pending.values()].slice(0, waiting.limit));
    }
  }

  polls(node?: string): readonly Seen[] {
    return this.seen.filter((each) => each.what === "poll" && (node === undefined || each.node === node));
  }

  /** The one whose poll is open. */
  get hanging(): Seen | undefined {
    return [...this.#waiting].map(({ seen }) => seen).at(-1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #note(what: Seen["what"], request: IncomingMessage, response: ServerResponse): Seen {
    const node = String(request.headers["conclave-node"]);
    const term = Number(request.headers["conclave-term"]);
    const seen = { what, node, term, over: false };
    if (term < this.#highestTerm)
      this.staleTerms.push(`${what} of ${node} in ${term} after ${this.#highestTerm}`);
    this.#highestTerm = Math.max(this.#highestTerm, term);
    this.seen.push(seen);
    response.on("close", () => {
      seen.over = true;
    });
    return seen;
  }

  #onPoll(request: IncomingMessage, response: ServerResponse): void {
    for (const other of this.seen) {
      const node = String(request.headers["conclave-node"]);
      if (other.what === "poll" && !other.over && other.node !== node)
        this.overlaps.push(`${other.node} ${node}`);
    }
    const seen = this.#note("poll", request, response);
    const url = new URL(request.url ?? "", this.#url);
    const waiting: Waiting = {
      seen,
      limit: Number(url.searchParams.get("limit")),
      answer: (items) => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ items }));
      },
    };
    const timer = setTimeout(() => waiting.answer([]), Number(url.searchParams.get("wait")) * 1000);
    response.on("close", () => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    });
    this.#waiting.add(waiting);
    if (this.#pending.size > 0) waiting.answer([...this.#pending.values()].slice(0, waiting.limit));
  }

  #onAck(request: IncomingMessage, response: ServerResponse): void {
    this.#note("ack", request, response);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { ids } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly ids: readonly string[] };
      for (const id of ids) {
        this.#pending.delete(id);
        this.acknowledged.add(id);
      }
      response.writeHead(204).end();
    });
  }
}
