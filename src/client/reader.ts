import { ConclaveError } from "../base/errors.ts";
import { Backoff } from "./backoff.ts";
import type { Budget, CallOptions } from "./budget.ts";
import type { Leader } from "./leader.ts";
import type { Consistency } from "./names.ts";
import type { Nearest } from "./nearest.ts";
import type { Node, UnaryOptions } from "./nodes.ts";
import { gaveUp, isPassing, pursue, tryTimeoutMs } from "./onLeader.ts";
import { asConclaveError } from "./wireErrors.ts";

/** How a read is made. */
export interface ReadOptions extends CallOptions {
  /**
   * `linearizable` (the default): what the read sees is at least as new as every write that was acknowledged before it
   * began. `stale`: what one node has applied, which may be old, and is there without a leader.
   */
  readonly consistency?: Consistency | undefined;
  /**
   * Id of the node to read from. Default: for linearizable reads the leader, or any node while the leader cannot be
   * reached from here (it asks the leader itself); for stale ones the node that answers first.
   */
  readonly node?: string | undefined;
}

type Call<Reply> = (node: Node, limits: UnaryOptions) => Promise<Reply>;

/** Takes reads where their options send them, and elsewhere when that fails. */
export class Reader {
  readonly #leader: Leader;
  readonly #nearest: Nearest;

  constructor(leader: Leader, nearest: Nearest) {
    this.#leader = leader;
    this.#nearest = nearest;
  }

  /** Repeats `call` until it succeeds or the budget ends. Rejects with ConclaveError only. */
  read<Reply>(options: ReadOptions, budget: Budget, call: Call<Reply>): Promise<Reply> {
    const { node, consistency } = options;
    if (node !== undefined) return this.#from(node, budget, call);
    return consistency === "stale" ? this.#nearby(budget, call) : this.#linearizable(budget, call);
  }

  #linearizable<Reply>(budget: Budget, call: Call<Reply>): Promise<Reply> {
    const find = () => this.#leader.findReader(budget, this.#nearest);
    return pursue(this.#leader, budget, find, async (node, limits) => {
      try {
        return await call(node, limits);
      } catch (error) {
        this.#nearest.leave(node);
        throw error;
      }
    });
  }

  async #nearby<Reply>(budget: Budget, call: Call<Reply>): Promise<Reply> {
    const failed = new Set<string>();
    return await this.#repeat(budget, async (limits) => {
      // When all have failed, each gets another chance.
      if (this.#leader.directory.addresses().every((address) => failed.has(address))) failed.clear();
      const node = await this.#nearest.find(budget, failed);
      try {
        return await call(node, limits());
      } catch (error) {
        failed.add(node.address);
        this.#nearest.leave(node);
        throw error;
      }
    });
  }

  async #from<Reply>(id: string, budget: Budget, call: Call<Reply>): Promise<Reply> {
    return await this.#repeat(budget, async (limits) => {
      const node = await this.#leader.nodeOf(id, budget);
      try {
        return await call(node, limits());
      } catch (error) {
        const failure = asConclaveError(error);
        // Nobody else is asked, who could say whether that goes for one node or for all.
        if (failure.code === "IDENTITY_MISMATCH") this.#leader.suspect();
        if (failure.code !== "MEMBER_REMOVED") throw failure;
        throw new ConclaveError("INVALID_ARGUMENT", `node: ${failure.message}`, { cause: failure });
      }
    });
  }

  async #repeat<Reply>(
    budget: Budget,
    attempt: (limits: () => UnaryOptions) => Promise<Reply>,
  ): Promise<Reply> {
    const backoff = new Backoff();
    const limits = () => ({
      timeoutMs: Math.max(1, Math.min(budget.remainingMs, tryTimeoutMs)),
      signal: budget.signal,
    });
    let last: ConclaveError | undefined;
    for (;;) {
      this.#leader.checkOpen();
      if (last !== undefined && budget.remainingMs === 0) throw gaveUp(budget, last);
      budget.check();
      try {
        return await attempt(limits);
      } catch (error) {
        const failure = asConclaveError(error);
        if (!isPassing(failure)) throw failure;
        // What an attempt said is worth more than that there was no time for another.
        if (failure.code !== "DEADLINE_EXCEEDED" || last === undefined) last = failure;
        await budget.pause(backoff.next(), this.#leader.closing);
      }
    }
  }
}
