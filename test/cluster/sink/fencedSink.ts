import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

interface Write {
  readonly job: string;
  readonly token: number;
  readonly step: number;
  readonly worker: string;
}

/** What the sink holds of one job. */
export interface SinkJob {
  /** The highest token that it has seen. */
  token: number;
  /** The tokens of the writes that it accepted, in their order. */
  readonly tokens: number[];
  readonly steps: Set<number>;
}

/**
 * A system outside of the cluster with side effects: it takes a write only when no higher fencing token of the job has
 * written before (Q15), and remembers all that it took and refused.
 */
export class FencedSink implements AsyncDisposable {
  readonly jobs = new Map<string, SinkJob>();
  accepted = 0;
  /** Of `accepted`, by worker. */
  readonly acceptedOf = new Map<string, number>();
  refused = 0;
  readonly #server = createServer((incoming, response) => {
    void bodyOf(incoming).then((body) => {
      response.statusCode = this.#take(JSON.parse(body) as Write) ? 200 : 409;
      response.end();
    });
  });

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #take({ job, token, step, worker }: Write): boolean {
    const known = this.jobs.get(job) ?? { token: 0, tokens: [], steps: new Set() };
    this.jobs.set(job, known);
    if (token < known.token) {
      this.refused += 1;
      return false;
    }
    known.token = token;
    known.tokens.push(token);
    known.steps.add(step);
    this.accepted += 1;
    this.acceptedOf.set(worker, (this.acceptedOf.get(worker) ?? 0) + 1);
    return true;
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
