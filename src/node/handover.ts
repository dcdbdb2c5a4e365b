import type { NodeId, Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Leadership } from "./driver.ts";

export interface HandoverOptions {
  readonly logger: Logger;
  /** A durable write that takes longer makes a leader hand over. */
  readonly electionTimeoutMs: number;
  /** Asks the core. */
  readonly begin: (to: NodeId | null) => void;
}

export interface Successor {
  readonly leaderId: NodeId;
  readonly term: Term;
}

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: ConclaveError) => void;
}

/** Leadership transfer (thesis 3.10) as the node asks for it: by an operator, before a stop, for a sick disk. */
export class Handover {
  readonly #options: HandoverOptions;
  #waiting: Waiting<Successor>[] = [];
  #leaving: Waiting<void>[] = [];
  #underWay = false;
  /** The stalled write, by how long it had taken, for which leadership was last offered; 0 when none stalls. */
  #offeredAtMs = 0;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /** Resolves once another node leads. Rejects with TRANSFER_FAILED, and then this node goes on leading. */
  request(to: NodeId | null): Promise<Successor> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#begin(to);
    });
  }

  /**
   * For a node that is about to stop: resolves once it leads no more, be there a successor or not (when all stop
   * at once there is none, and nobody should wait for it). Rejects as `request` does.
   */
  leave(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#leaving.push({ resolve, reject });
      this.#begin(null);
    });
  }

  /** `leave` for one that stops in any case. */
  async leaveInPeace(): Promise<void> {
    const { logger } = this.#options;
    try {
      await this.leave();
      logger.info({}, "leadership given up before the stop");
    } catch (error) {
      logger.warn({ err: error }, "stopping as the leader: the others will elect one");
    }
  }

  /**
   * A leader whose disk hangs can still commit through the others, but it is one failure from standing still, and
   * its own votes and entries are stuck: somebody else should lead. Where nobody can, it is offered again at the pace
   * of an election timeout, while the same write hangs.
   */
  checkDisk(writeStalledMs: number): void {
    const { electionTimeoutMs, logger } = this.#options;
    if (writeStalledMs < this.#offeredAtMs) this.#offeredAtMs = 0;
    if (writeStalledMs <= this.#offeredAtMs + electionTimeoutMs || this.#underWay) return;
    this.#offeredAtMs = writeStalledMs;
    logger.warn({ writeStalledMs }, "a durable write hangs: handing leadership over");
    this.#begin(null);
  }

  onLeadership(now: Leadership, before: Leadership): void {
    if (now.role === "leader") {
      if (before.role !== "leader" && this.#underWay) this.onFailed("this node was elected again");
      return;
    }
    const leaving = this.#leaving;
    this.#leaving = [];
    for (const { resolve } of leaving) resolve();
    if (now.leader === null) return;
    this.#underWay = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve } of waiting) resolve({ leaderId: now.leader, term: now.term });
  }

  onFailed(why: string): void {
    this.#underWay = false;
    this.#options.logger.warn({ why }, "leadership was not handed over");
    this.#refuseAll(new ConclaveError("TRANSFER_FAILED", `leadership stays where it is: ${why}`));
  }

  /** The node stops, or has failed: nobody here learns any more who leads. */
  abandon(error: ConclaveError): void {
    this.#underWay = false;
    this.#refuseAll(error);
  }

  #refuseAll(error: ConclaveError): void {
    const refused = [...this.#waiting, ...this.#leaving];
    this.#waiting = [];
    this.#leaving = [];
    for (const { reject } of refused) reject(error);
  }

  #begin(to: NodeId | null): void {
    this.#underWay = true;
    this.#options.begin(to);
  }
}
