import { type LogIndex, MonotonicMs, type Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { MembershipRejectReason } from "../raft/effects.ts";
import type { Event } from "../raft/events.ts";
import type { Configuration, EntryId, MembershipChange } from "../raft/types.ts";
import { outcomeUnknown } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** How long a refusal that passes by itself is waited out, and how often the core is asked again. */
const passingMs = 5_000;
const askAgainMs = 50;
/** How long after the loss of leadership a change may still turn out to have been committed by the next leader. */
const successorMs = 5_000;

const passing: ReadonlySet<MembershipRejectReason> = new Set([
  "termNotOpen",
  "changeUnderWay",
  "transferring",
]);

export interface MembershipChangesOptions {
  readonly post: (event: Event) => void;
  readonly notLeader: () => ConclaveError;
  readonly runtime: Runtime;
}

type Progress =
  /** The core has been asked. */
  | { readonly type: "asked" }
  /** It refused for the moment. */
  | { readonly type: "putOff"; readonly askAt: MonotonicMs; readonly why: string }
  /** In the log at `entry`; `isApplied` once that very entry is committed and applied. */
  | {
      readonly type: "inLog";
      readonly entry: EntryId;
      readonly isApplied: boolean;
      readonly giveUpAt: MonotonicMs | null;
    };

interface Waiting {
  readonly change: MembershipChange;
  readonly force: boolean;
  readonly askUntil: MonotonicMs;
  progress: Progress;
  readonly resolve: (configuration: Configuration) => void;
  readonly reject: (error: ConclaveError) => void;
}

/**
 * Changes of membership that somebody waits for. One is made when its entry has been applied; when that entry is joint,
 * when the next configuration has, which leaves the joint one (Raft 6). Whose leadership commits it does not matter.
 */
export class MembershipChanges {
  readonly #options: MembershipChangesOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** Goes down: the proposer's ids are above 0, and the core knows one space of ids. */
  #nextId = -1;

  constructor(options: MembershipChangesOptions) {
    this.#options = options;
  }

  /** Rejects with MEMBERSHIP_REFUSED or the error of `notLeader`, and then nothing was changed; with OUTCOME_UNKNOWN. */
  request(change: MembershipChange, force: boolean): Promise<Configuration> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId--;
      const askUntil = this.#after(passingMs);
      const waiting: Waiting = { change, force, askUntil, progress: { type: "asked" }, resolve, reject };
      this.#waiting.set(id, waiting);
      this.#ask(id, waiting);
    });
  }

  accepted(id: number, index: LogIndex, term: Term): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.progress = { type: "inLog", entry: { index, term }, isApplied: false, giveUpAt: null };
  }

  rejected(id: number, reason: MembershipRejectReason, why: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (passing.has(reason) && this.#options.runtime.monotonicMs() < waiting.askUntil) {
      waiting.progress = { type: "putOff", askAt: this.#after(askAgainMs), why };
      return;
    }
    if (reason === "notLeader") this.#end(id, this.#options.notLeader());
    else this.#end(id, refused(why));
  }

  /** The machine has passed the membership entry `entry`, which brought `configuration`. */
  applied(entry: EntryId, configuration: Configuration): void {
    for (const [id, waiting] of this.#waiting) {
      const { progress } = waiting;
      if (progress.type !== "inLog" || entry.index < progress.entry.index) continue;
      const isOurs = entry.index === progress.entry.index && entry.term === progress.entry.term;
      if (!isOurs && !progress.isApplied) this.#end(id, outcomeUnknown());
      else if (configuration.membership.outgoing.length > 0)
        waiting.progress = { ...progress, isApplied: true };
      else {
        this.#waiting.delete(id);
        waiting.resolve(configuration);
      }
    }
  }

  leadershipLost(): void {
    for (const [id, waiting] of this.#waiting) {
      const { progress } = waiting;
      if (progress.type === "inLog") waiting.progress = { ...progress, giveUpAt: this.#after(successorMs) };
      else this.#end(id, this.#options.notLeader());
    }
  }

  /** Somebody waits for one: `tick` is needed. */
  get isWaitedFor(): boolean {
    return this.#waiting.size > 0;
  }

  tick(): void {
    if (this.#waiting.size === 0) return;
    const now = this.#options.runtime.monotonicMs();
    for (const [id, waiting] of this.#waiting) {
      const { progress } = waiting;
      if (progress.type === "putOff" && now >= progress.askAt) this.#ask(id, waiting);
      if (progress.type === "inLog" && progress.giveUpAt !== null && now >= progress.giveUpAt) {
        this.#end(id, outcomeUnknown());
      }
    }
  }

  /** The node stops. */
  rejectAll(notDone: ConclaveError): void {
    for (const [id, { progress }] of this.#waiting) {
      this.#end(id, progress.type === "inLog" ? outcomeUnknown() : notDone);
    }
  }

  #ask(id: number, waiting: Waiting): void {
    waiting.progress = { type: "asked" };
    const { change, force } = waiting;
    this.#options.post({ type: "changeMembership", id, change, force });
  }

  #end(id: number, error: ConclaveError): void {
    this.#waiting.get(id)?.reject(error);
    this.#waiting.delete(id);
  }

  #after(ms: number): MonotonicMs {
    return MonotonicMs(this.#options.runtime.monotonicMs() + ms);
  }
}

function refused(why: string): ConclaveError {
  return new ConclaveError("MEMBERSHIP_REFUSED", `the membership was not changed: ${why}`);
}
