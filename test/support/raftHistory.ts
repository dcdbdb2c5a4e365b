import { LogIndex, type NodeId } from "../../src/base/brands.ts";
import type { Configuration, Entry, Membership } from "../../src/raft/index.ts";
import { incarnationOf } from "./raftGate.ts";
import { stateAfter } from "./raftMachine.ts";
import { membershipCodec } from "./raftNode.ts";

/** What the cluster as a whole has ever committed: more than any of its nodes knows. */
export class RaftHistory {
  readonly #committed: Entry[] = [];
  /** In which leader's term each of them was committed; never goes down. */
  readonly #commitTerms: number[] = [];
  /** Of a machine that has applied through each index; the first is that of an empty one. */
  readonly #states: number[] = [0];
  readonly #configurations: Configuration[];
  /** Configurations that were appended somewhere and are not committed; they may have been cut off again. */
  #proposed: Configuration[] = [];

  constructor(founding: Membership) {
    this.#configurations = [{ index: LogIndex(0), membership: founding }];
  }

  get committed(): readonly Entry[] {
    return this.#committed;
  }

  get configuration(): Configuration {
    return this.configurationAt(LogIndex(this.#committed.length));
  }

  /** The committed one, and all that may be in force somewhere. */
  get liveConfigurations(): readonly Configuration[] {
    return [this.configuration, ...this.#proposed];
  }

  configurationAt(index: number): Configuration {
    const found = this.#configurations.findLast((item) => item.index <= index);
    if (found === undefined) throw new Error("there always was a configuration");
    return found;
  }

  termAt(index: number): number {
    return this.#committed[index - 1]?.term ?? 0;
  }

  commitTermAt(index: number): number {
    return this.#commitTerms[index - 1] ?? 0;
  }

  stateAt(index: number): number | undefined {
    return this.#states[index];
  }

  onProposed({ index, kind, data }: Entry): void {
    if (kind === "membership") this.#proposed.push({ index, membership: membershipCodec.decode(data) });
  }

  onCommitted(entry: Entry, term: number): void {
    this.#committed.push(entry);
    this.#commitTerms.push(term);
    this.#states.push(stateAfter(this.#states.at(-1) ?? 0, entry));
    if (entry.kind !== "membership") return;
    this.#configurations.push({ index: entry.index, membership: membershipCodec.decode(entry.data) });
    this.#proposed = this.#proposed.filter(({ index }) => index > entry.index);
  }
}

/** Raft 6, thesis 4.1: a step from one configuration to the next after which all majorities still overlap. */
export function isLegalStep(before: Membership, after: Membership): boolean {
  const counted = [...after.voters, ...after.outgoing];
  const isSame = (id: NodeId) => incarnationOf(before, id) === incarnationOf(after, id);
  const kept = counted.filter((id) => before.voters.includes(id) || before.outgoing.includes(id));
  if (!kept.every(isSame)) return false;
  if (before.outgoing.length > 0) return after.outgoing.length === 0 && equal(before.voters, after.voters);
  const fresh = after.voters.filter((id) => !before.voters.includes(id));
  if (!fresh.every((id) => before.learners.includes(id))) return false;
  if (after.outgoing.length > 0) return equal(before.voters, after.outgoing);
  return fresh.length + before.voters.filter((id) => !after.voters.includes(id)).length <= 1;
}

function equal(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
