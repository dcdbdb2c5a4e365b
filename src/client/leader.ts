import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { Backoff } from "./backoff.ts";
import { Budget, pause } from "./budget.ts";
import { type Clock, processClock } from "./clock.ts";
import type { Directory } from "./directory.ts";
import { IdentityWatch } from "./identityWatch.ts";
import { askAll, askAnyone, type Finding, statusTimeoutMs } from "./leaderSearch.ts";
import type { Nearest } from "./nearest.ts";
import type { Node, Nodes } from "./nodes.ts";
import { onAbort } from "./signals.ts";

const connectTimeoutMs = 2_000;
/** Between two looks at who the members are, of who stays with one leader for long. */
const refreshMs = 5_000;
/** A leader to which no connection could be had is left alone by reads for so long. */
const unreachedMs = 5_000;

/**
 * Finds the leader and keeps to it. Whoever talks to it reports what went wrong, and the next `find` follows
 * the hint that came with a refusal, or asks all known nodes until one names a leader.
 */
export class Leader {
  readonly directory: Directory;
  readonly clock: Clock;
  /** Told once, when the cluster is gone. */
  onGone: (error: ConclaveError) => void = () => undefined;
  readonly #identity: IdentityWatch;
  readonly #nodes: Nodes;
  readonly #logger: Logger | undefined;
  readonly #closing = new AbortController();
  #current: Node | undefined;
  #searching: Promise<void> | undefined;
  #waiting = 0;
  #trouble: ConclaveError | undefined;
  #gone: ConclaveError | undefined;
  #refreshing: (() => void) | undefined;
  #unreached: { readonly address: string; readonly until: number } | undefined;

  constructor(directory: Directory, nodes: Nodes, logger: Logger | undefined, clock: Clock = processClock) {
    this.clock = clock;
    this.directory = directory;
    this.#nodes = nodes;
    this.#logger = logger;
    const onGone = (error: ConclaveError) => this.#end(error);
    this.#identity = new IdentityWatch({ directory, nodes, clock, closing: this.#closing.signal, onGone });
    directory.onStranger = () => this.suspect();
  }

  /** Nobody can be asked any more: it was closed, or the cluster is gone. */
  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Aborts once `closed`. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** IDENTITY_MISMATCH once another cluster has taken the place of the one that this program was connected to. */
  get gone(): ConclaveError | undefined {
    return this.#gone;
  }

  /** Why there is no leader to talk to; undefined while there is one. */
  get trouble(): ConclaveError | undefined {
    return this.#current?.connected === true ? undefined : this.#trouble;
  }

  /**
   * The leader with its connection up; nothing was sent to it yet. Rejects with NO_LEADER or UNAVAILABLE when
   * none was found in time, ABORTED, SHUTTING_DOWN once closed, or IDENTITY_MISMATCH once the cluster is gone.
   */
  async find(budget: Budget): Promise<Node> {
    const backoff = new Backoff();
    for (;;) {
      this.checkOpen();
      const current = this.#current;
      if (current?.connected === true) {
        this.#keepInformed();
        return current;
      }
      try {
        if (current === undefined) await this.#search(budget);
        else await budget.race(this.#orClosed(current.connect(connectTimeoutMs)));
      } catch (error) {
        this.#giveUp(error, current);
        await budget.pause(backoff.next(), this.#closing.signal);
      }
    }
  }

  /** Leaves a node to which there is no connection; throws whatever else went wrong. */
  #giveUp(error: unknown, current: Node | undefined): Node {
    this.checkOpen();
    if (!(error instanceof ConclaveError)) throw error;
    if (error.code === "DEADLINE_EXCEEDED") throw this.#trouble ?? error;
    if (error.code !== "UNAVAILABLE" || current === undefined) throw error;
    this.#trouble = error;
    this.#leave(current);
    return current;
  }

  /**
   * For linearizable reads, which any member can answer: the leader, or the nearest of the others while no connection
   * to the leader can be had from here. Rejects as `find`.
   */
  async findReader(budget: Budget, nearest: Nearest): Promise<Node> {
    const backoff = new Backoff();
    for (;;) {
      this.checkOpen();
      const current = this.#current;
      if (current?.connected === true) return current;
      try {
        budget.check();
        if (current === undefined) await this.#search(budget);
        else if (this.#outOfReach(current)) return await nearest.find(budget, new Set([current.address]));
        else await budget.race(current.connect(connectTimeoutMs));
      } catch (error) {
        const left = this.#giveUp(error, current);
        if (this.#outOfReach(left)) {
          // Nobody else can be had either, perhaps because the leader is the only one left: it is tried again.
          this.#unreached = undefined;
          await budget.pause(backoff.next(), this.#closing.signal);
        } else {
          // The others are asked at once who leads, and where.
          this.#unreached = { address: left.address, until: this.clock.now() + unreachedMs };
        }
      }
    }
  }

  /** The node of that id. Rejects with INVALID_ARGUMENT when nobody knows one, and with the budget's end. */
  async nodeOf(id: string, budget: Budget): Promise<Node> {
    const known = this.directory.addressOf(id, undefined);
    if (known !== undefined) return this.#nodes.at(known);
    const { answered, trouble } = await budget.race(this.ask());
    const address = this.directory.addressOf(id, undefined);
    if (address !== undefined) return this.#nodes.at(address);
    if (answered === 0) throw trouble;
    throw new ConclaveError("INVALID_ARGUMENT", `node: no node ${JSON.stringify(id)} is known`);
  }

  /** `node` refused or broke with `error`: follows its hint, if any. True when another leader was named. */
  report(node: Node, error: ConclaveError): boolean {
    if (this.#current !== node && this.#current !== undefined) return true;
    this.#trouble = error;
    const address =
      error.code === "NOT_LEADER" ? this.directory.addressOf(error.leaderId, error.leaderAddress) : undefined;
    if (address === undefined || address === node.address) {
      this.#leave(node);
      return false;
    }
    this.#logger?.debug({ from: node.address, to: address }, "following the leader");
    this.#current = this.#nodes.at(address);
    return true;
  }

  /** `node` owes an answer for long: true when the cluster has another leader by now, which is then followed. */
  async superseded(node: Node): Promise<boolean> {
    const finding = await askAll(this.directory, this.#nodes, this.clock);
    if (this.closed || finding.leader === undefined || finding.leader === node.address) return false;
    this.#logger?.warn({ from: node.address, to: finding.leader }, "the leader went silent and was replaced");
    this.#current = this.#nodes.at(finding.leader);
    return true;
  }

  /** Resolves once any node has answered; rejects with UNAVAILABLE, ABORTED or SHUTTING_DOWN. */
  async reach(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const budget = new Budget({ signal, timeout: timeoutMs }, timeoutMs, this.clock);
    const backoff = new Backoff();
    let last: ConclaveError | undefined;
    try {
      for (;;) {
        budget.check();
        const { answered, trouble } = await budget.race(this.ask());
        this.checkOpen();
        if (answered > 0) return;
        last = trouble;
        await budget.pause(backoff.next(), this.#closing.signal);
      }
    } catch (error) {
      if (!(error instanceof ConclaveError) || error.code !== "DEADLINE_EXCEEDED") throw error;
      const seeds = this.directory.seeds.join(", ");
      throw last ?? new ConclaveError("UNAVAILABLE", `none of ${seeds} answered within ${timeoutMs} ms`);
    }
  }

  /** Asks all nodes once and remembers a leader when one is named. */
  async ask(): Promise<Finding> {
    const finding = await askAll(this.directory, this.#nodes, this.clock);
    this.#learn(finding);
    return finding;
  }

  /** A node of another cluster was met: is ours still there? */
  suspect(): void {
    this.#identity.suspect();
  }

  /** Throws SHUTTING_DOWN once closed, IDENTITY_MISMATCH once the cluster is gone. */
  checkOpen(): void {
    if (this.#gone !== undefined) throw this.#gone;
    if (this.closed) throw new ConclaveError("SHUTTING_DOWN", "this cluster handle is closed; connect anew");
  }

  close(): void {
    this.#closing.abort();
    this.#refreshing?.();
  }

  /**
   * Every node that was there in the beginning may be replaced while one stream lasts: whoever heard of none of the new ones
   * would find nobody any more when the last of the old ones goes.
   */
  #keepInformed(): void {
    this.#refreshing ??= this.clock.after(refreshMs, () => {
      this.#refreshing = undefined;
      const node = this.#current;
      if (this.closed || node === undefined) return;
      this.#keepInformed();
      if (!node.connected) return;
      askAnyone(node, { timeoutMs: statusTimeoutMs, signal: this.#closing.signal })
        .then((status) => this.directory.learn(node.address, status))
        // What is wrong with it others will see, and look for the leader.
        .catch(() => undefined);
    });
  }

  #outOfReach({ address }: Node): boolean {
    const unreached = this.#unreached;
    return unreached?.address === address && this.clock.now() < unreached.until;
  }

  #end(error: ConclaveError): void {
    this.#logger?.error({ code: error.code }, error.message);
    this.#gone = error;
    this.close();
    this.onGone(error);
  }

  /** Resolves with `work`, or as soon as nobody can be asked any more. */
  #orClosed(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const unlisten = onAbort(this.#closing.signal, resolve);
      void work.then(resolve, reject).finally(unlisten);
    });
  }

  #leave(node: Node): void {
    if (this.#current === node) this.#current = undefined;
  }

  /** One search serves all who wait; it ends when it found a leader or nobody waits any more. */
  async #search(budget: Budget): Promise<void> {
    this.#waiting++;
    try {
      this.#searching ??= this.#searchLoop().finally(() => {
        this.#searching = undefined;
      });
      await budget.race(this.#orClosed(this.#searching));
    } finally {
      this.#waiting--;
    }
  }

  async #searchLoop(): Promise<void> {
    const backoff = new Backoff();
    while (!this.closed && this.#current === undefined) {
      await this.ask();
      if (this.#current !== undefined || this.#waiting === 0) return;
      await pause(this.clock, backoff.next(), this.#closing.signal);
    }
  }

  #learn(finding: Finding): void {
    if (this.closed) return;
    if (finding.leader !== undefined) this.#current ??= this.#nodes.at(finding.leader);
    else this.#trouble = finding.trouble;
  }
}
