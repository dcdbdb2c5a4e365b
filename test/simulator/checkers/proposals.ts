import type { NodeId } from "../../../src/base/brands.ts";
import type { Command, CommandBatch, WorkerStream } from "../../../src/machine/types.ts";
import type { Entry, RaftStatus } from "../../../src/raft/index.ts";
import { releases } from "../cluster/releases.ts";
import type { World } from "../cluster/world.ts";

/** What only a leader does that has applied its term's first command, and so all that came before it. */
const duties: ReadonlySet<Command["type"]> = new Set(["expireClaims", "fireTimers", "fireSchedule"]);

/** Q7: entries are proposed by the leader of their term, and nothing that it does is left over from another term. */
export class Proposals {
  readonly #world: World;
  /** When each entry was first written, which its leader does: by index and term, until it is committed. */
  readonly #writtenAt = new Map<string, number>();
  readonly #terms = new Set<number>();
  /** Terms of which the leader's first command is committed. */
  readonly #begun = new Set<number>();
  /** In which leaders' terms a worker's stream was opened. Of the SDK's nobody tells. */
  readonly #streams = new Map<string, Set<number>>();

  constructor(world: World) {
    this.#world = world;
  }

  clear(): void {
    for (const each of [this.#writtenAt, this.#terms, this.#begun]) each.clear();
  }

  opened(workerId: string, stream: WorkerStream, term: number): void {
    const name = nameOf(workerId, stream);
    this.#streams.set(name, (this.#streams.get(name) ?? new Set()).add(term));
  }

  /** Nobody has written this entry before. */
  onNew(id: NodeId, { index, term, kind }: Entry, { role, term: leads }: RaftStatus): void {
    this.#writtenAt.set(`${index}:${term}`, this.#world.timeline.now);
    if (role !== "leader" || leads !== term)
      this.#world.fail(`Q7 ${id}: a ${role} of term ${leads} makes entry ${index} of term ${term}`);
    if (!this.#terms.has(term) && kind !== "noop")
      this.#world.fail(`Q7 ${id}: term ${term} begins with entry ${index}, a ${kind}`);
    this.#terms.add(term);
  }

  /** An entry is committed. Returns when it was proposed. */
  onCommitted({ index, term }: Entry, { commands }: CommandBatch): number {
    for (const command of commands) {
      if (command.type === "beginTerm") this.#checkRules(index, term, command.rules ?? 0);
      if (command.type === "beginTerm") this.#begun.add(term);
      if (duties.has(command.type) && !this.#begun.has(term))
        this.#world.fail(`Q7, Q11: ${command.type} in entry ${index}, and term ${term} has not begun`);
      if (command.type === "claim") this.#checkClaim(index, term, command);
    }
    const name = `${index}:${term}`;
    const at = this.#writtenAt.get(name) ?? this.#world.timeline.now;
    this.#writtenAt.delete(name);
    return at;
  }

  /** R5: rules of the machine that some member does not know would part it from the others. */
  #checkRules(index: number, term: number, rules: number): void {
    const isAgain = this.#begun.has(term);
    const how = isAgain
      ? "named within a term"
      : rules > 0
        ? "named by a new term"
        : "not named by a new term";
    this.#world.coverage.count("rules", how);
    const old = this.#world.members.find(
      (each) => each.intent === "member" && each.release === releases.before,
    );
    if (rules > 0 && old !== undefined)
      this.#world.fail(
        `R5: entry ${index} of term ${term} names rules ${rules}, which ${old.id} does not know`,
      );
  }

  #checkClaim(index: number, term: number, claim: Extract<Command, { readonly type: "claim" }>): void {
    const { workerId, stream } = claim;
    const terms = stream === undefined ? undefined : this.#streams.get(nameOf(workerId, stream));
    if (terms === undefined || terms.has(term)) return;
    const opened = [...terms].join();
    this.#world.fail(
      `Q7: entry ${index} of term ${term} claims for a stream of ${workerId} that was opened in term ${opened}`,
    );
  }
}

function nameOf(workerId: string, { session, number }: WorkerStream): string {
  return `${workerId}/${session}/${number}`;
}
