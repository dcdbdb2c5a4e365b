import type { NodeId } from "../base/brands.ts";
import type { HostPort } from "../base/hostPort.ts";
import { isSameEndpoint } from "./endpoint.ts";
import type { PeerLink } from "./link.ts";

export interface LinksOptions {
  readonly make: (peer: NodeId, endpoint: HostPort) => PeerLink;
  /** A link that stood was let go of. */
  readonly onDropped: (peer: NodeId) => void;
  readonly closeTimeoutMs: number;
}

/** Our streams, by peer: made when it is known where to dial, and closed after a flush. */
export class PeerLinks {
  readonly #options: LinksOptions;
  readonly #links = new Map<NodeId, PeerLink>();
  readonly #closing = new Set<Promise<void>>();
  #isStarted = false;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): IterableIterator<[NodeId, PeerLink]> {
    return this.#links.entries();
  }

  get(peer: NodeId): PeerLink | undefined {
    return this.#links.get(peer);
  }

  /** From now on all links dial. */
  start(): void {
    this.#isStarted = true;
    for (const link of this.#links.values()) link.start();
  }

  /** A link that leads there already stays as it is. */
  connect(peer: NodeId, endpoint: HostPort): void {
    const link = this.#links.get(peer);
    if (link !== undefined) {
      if (isSameEndpoint(link.endpoint, endpoint)) return;
      this.drop(peer);
    }
    const fresh = this.#options.make(peer, endpoint);
    this.#links.set(peer, fresh);
    if (this.#isStarted) fresh.start();
  }

  /** What was sent goes out still, if it does so soon. */
  drop(peer: NodeId): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    this.#links.delete(peer);
    const closing = link.close(this.#options.closeTimeoutMs).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    if (link.isReachable) this.#options.onDropped(peer);
  }

  /** After the members changed: ends the streams to those that may not pass any more. */
  recheck(isExempt: (peer: NodeId) => boolean): void {
    for (const [peer, link] of this.#links) if (!isExempt(peer)) void link.recheck();
  }

  async close(): Promise<void> {
    const { closeTimeoutMs } = this.#options;
    const links = [...this.#links.values()];
    await Promise.all([...this.#closing, ...links.map((link) => link.close(closeTimeoutMs))]);
  }
}
