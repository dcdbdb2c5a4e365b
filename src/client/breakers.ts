import type { Duration } from "../base/duration.ts";
import type { ListBreakersReply__Output } from "../generated/conclave/v1/ListBreakersReply.ts";
import type { SetBreakerReply__Output } from "../generated/conclave/v1/SetBreakerReply.ts";
import type { SetBreakerRequest } from "../generated/conclave/v1/SetBreakerRequest.ts";
import { Budget, type CallOptions, defaultTimeoutMs } from "./budget.ts";
import { type ByWhom, byWhom } from "./byWhom.ts";
import { checkDuration, checkText } from "./checks.ts";
import type { Leader } from "./leader.ts";
import { onLeader } from "./onLeader.ts";
import { consistencyOf } from "./queues.ts";
import { type Breaker, breakerView } from "./queueView.ts";
import type { Reader, ReadOptions } from "./reader.ts";

export interface OpenBreakerOptions extends ByWhom {
  /** It lets one claim try after this long, at least 1 ms; default: it stays open until it is reset. */
  readonly for?: Duration | undefined;
}

const pageSize = 1_000;

/** Circuit breakers, one an agent: `cluster.breakers`. Every method rejects with ConclaveError only. */
export class Breakers {
  readonly #leader: Leader;
  readonly #reader: Reader;

  constructor(leader: Leader, reader: Reader) {
    this.#leader = leader;
    this.#reader = reader;
  }

  /** Those that are open, half-open, or remember failures; by agent. */
  async list(options: ReadOptions = {}): Promise<readonly Breaker[]> {
    const consistency = consistencyOf(options);
    const all: Breaker[] = [];
    let after = "";
    do {
      const request = { after, limit: pageSize, consistency };
      const reply = await this.#reader.read(options, this.#budget(options), (node, limits) =>
        node.call<ListBreakersReply__Output>(
          (metadata, opts, done) => node.manage.ListBreakers(request, metadata, opts, done),
          limits,
        ),
      );
      all.push(...reply.breakers.map(breakerView));
      after = reply.next;
    } while (after !== "");
    return all;
  }

  /** As new: closed, and its failures forgotten. */
  async reset(agent: string, options: ByWhom = {}): Promise<Breaker> {
    return await this.#set({ agent, ...byWhom(options) }, options);
  }

  /** Nothing of the agent's is handed out any more. */
  async open(agent: string, options: OpenBreakerOptions = {}): Promise<Breaker> {
    const openMs = checkDuration(options.for, "for");
    return await this.#set({ agent, open: true, openMs, ...byWhom(options) }, options);
  }

  async #set(request: SetBreakerRequest, options: CallOptions): Promise<Breaker> {
    checkText(request.agent ?? "", "agent", 128);
    const { breaker } = await onLeader(this.#leader, this.#budget(options), (node, limits) =>
      node.call<SetBreakerReply__Output>(
        (metadata, opts, done) => node.manage.SetBreaker(request, metadata, opts, done),
        limits,
      ),
    );
    return breakerView(breaker);
  }

  #budget(options: CallOptions): Budget {
    return new Budget(options, defaultTimeoutMs, this.#leader.clock);
  }
}
