import type { JobId, Term } from "../../../src/base/brands.ts";
import type { Command } from "../../../src/machine/types.ts";
import type { World } from "../cluster/world.ts";
import type { Host } from "../time/host.ts";

/** For clocks that drift: a voter that heard of a leader within so many election timeouts does not vote for another. */
const leaseTimeouts = 1.5;

interface Holder {
  readonly term: Term;
  readonly node: string;
}

interface Run extends Holder {
  /** Null while it goes on; else whether it came to its end by itself. */
  ended: { readonly isDone: boolean } | null;
  isAborted: boolean;
}

/**
 * Q12: what docs/duties.md promises of duties that only the leader has. A duty's term grows from holder to holder, over
 * recovery and restoration as well; whoever asks is not told that it is in office once another has begun; a process runs a
 * duty once at a time; and what a duty enqueues comes into being by an entry of its own term, or not at all.
 */
export class TermsOfDuty {
  readonly #world: World;
  /** The highest term in which each duty was begun. */
  readonly #highest = new Map<string, Holder>();
  readonly #runs = new Map<Host, Map<string, Run>>();
  readonly #jobs = new Map<JobId, Term>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Of the cluster that this one was made of. */
  goOnFrom(before: TermsOfDuty): void {
    for (const [name, { term }] of before.#highest) this.#highest.set(name, { term, node: "" });
  }

  onBegan(name: string, node: string, process: Host, term: Term): void {
    const { coverage } = this.#world;
    const runs = this.#runs.get(process) ?? new Map<string, Run>();
    this.#runs.set(process, runs);
    if (runs.get(name)?.ended === null) this.#world.fail(`Q12: ${node} runs duty ${name} twice at once`);
    runs.set(name, { term, node, ended: null, isAborted: false });
    const highest = this.#highest.get(name);
    if (highest === undefined || term > highest.term) {
      if (highest !== undefined) coverage.count("leader's duty", "begun in a later term");
      this.#highest.set(name, { term, node });
    } else if (term < highest.term) this.#isLate(name, node, term, highest);
    else if (node === highest.node) coverage.count("leader's duty", "begun anew in its term");
    else this.#world.fail(`Q12: ${node} and ${highest.node} have duty ${name} in one term, ${term}`);
    coverage.count("leader's duty", "begun");
  }

  /** It has just asked, and was told that it is in office still. */
  onActs(name: string, node: string, term: Term): void {
    const highest = this.#highest.get(name);
    if (highest !== undefined && term < highest.term) this.#isLate(name, node, term, highest);
  }

  onEnded(name: string, process: Host, isDone: boolean): void {
    const run = this.#runs.get(process)?.get(name);
    if (run !== undefined) run.ended = { isDone };
  }

  onAborted(name: string, process: Host, term: Term): void {
    const run = this.#runs.get(process)?.get(name);
    if (run?.term === term) run.isAborted = true;
  }

  /** A step of the core asks a successor to take over; the driver carries it out when this returns. */
  onSuccessorAsked(process: Host): void {
    const runs = [...(this.#runs.get(process) ?? [])].filter(([, { ended }]) => ended === null);
    if (runs.length === 0) return;
    this.#world.coverage.count("leader's duty", "under way when a successor was asked");
    void Promise.resolve().then(() => {
      const late = runs.find(([, { ended, isAborted }]) => ended === null && !isAborted);
      if (late === undefined || !process.alive) return;
      const [name, { node }] = late;
      this.#world.fail(`Q12: ${node} has asked a successor to take over, and ${name} has not been told`);
    });
  }

  /** About to be enqueued under this term. */
  expect(id: JobId, term: Term): void {
    this.#jobs.set(id, term);
  }

  /** Each committed entry. */
  onCommitted(term: Term, commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type !== "enqueue") continue;
      for (const { id } of command.jobs) {
        const own = this.#jobs.get(id);
        if (own === undefined) continue;
        this.#world.coverage.count("leader's duty", "job by an entry of its term");
        if (own !== term)
          this.#world.fail(
            `Q12: job ${id} of a duty of term ${own} comes into being by an entry of term ${term}`,
          );
      }
    }
  }

  /** Once all is mended: whoever leads has every duty, or has done it in its term. */
  lacks(names: readonly string[], node: string, process: Host, term: number): string | null {
    const runs = this.#runs.get(process);
    const lacking = names.find((name) => {
      const run = runs?.get(name);
      return run?.term !== term || run.ended?.isDone === false;
    });
    return lacking === undefined ? null : `${node} leads in term ${term} and does not have duty ${lacking}`;
  }

  /** An earlier holder beside a later one: that takes a cause which docs/duties.md names. */
  #isLate(name: string, node: string, term: Term, later: Holder): void {
    const cause = later.node === "" ? null : this.#excuse();
    if (cause !== null) return this.#world.coverage.count("leader's duty", `two in office: ${cause}`);
    this.#world.fail(
      `Q12: ${node} is in office for ${name} in term ${term}, which ${later.node} began in ${later.term}`,
    );
  }

  #excuse(): string | null {
    const { members, mix, timeline } = this.#world;
    const { electionTimeoutMs, heartbeatIntervalMs } = mix.raft;
    const since = timeline.now - leaseTimeouts * electionTimeoutMs;
    const rates = members.map(({ clock }) => clock.rate);
    const apart = Math.max(...rates) / Math.min(...rates) - 1;
    const isApart = apart >= heartbeatIntervalMs / electionTimeoutMs;
    // One that ran at another rate until a moment ago may have been waited for by it.
    if (isApart || members.some(({ clock }) => clock.ratedSince > Math.max(since, 0)))
      return "clocks run apart";
    return null;
  }
}
