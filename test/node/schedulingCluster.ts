import { LogIndex, LogTimeMs, NodeId, Term } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { Calendar } from "../../src/calendar/index.ts";
import { Machine, newestRules } from "../../src/machine/index.ts";
import type { Command, CommandBatch, Outcome, ScheduleSpec } from "../../src/machine/types.ts";
import { Housekeeper } from "../../src/node/housekeeper.ts";
import { LogClock } from "../../src/node/logClock.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

interface Waiting {
  readonly command: Command;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: ConclaveError) => void;
}

interface Entry {
  readonly index: LogIndex;
  readonly batch: CommandBatch;
  readonly waiting: readonly Waiting[];
}

const calendar = new Calendar();

/** The parts of a node that time drives, without Raft, disk and network. */
class SchedulingNode {
  readonly id: NodeId;
  readonly runtime: VirtualRuntime;
  readonly clock: LogClock;
  readonly machine = new Machine();
  readonly housekeeper: Housekeeper;
  readonly failed: string[] = [];
  waiting: Waiting[] = [];

  constructor(id: NodeId, wall: number) {
    this.id = id;
    this.runtime = new VirtualRuntime(wall);
    this.clock = new LogClock(this.runtime, LogTimeMs(0));
    this.housekeeper = new Housekeeper({
      nodeId: id,
      state: this.machine,
      rules: () => newestRules,
      calendar,
      submit: (command, resolve, reject) => void this.waiting.push({ command, resolve, reject }),
      dispatcher: { arriving: () => undefined, arrived: () => undefined },
      onFailed: (what) => void this.failed.push(what),
    });
  }

  apply({ index, batch, waiting }: Entry, mine: boolean): void {
    const { outcomes } = this.machine.apply(index, batch);
    this.clock.observed(batch.now);
    waiting.forEach(({ resolve }, i) => {
      const outcome = outcomes[i];
      if (mine && outcome !== undefined) resolve(outcome);
    });
    this.housekeeper.applied(batch.commands);
  }
}

/**
 * Three nodes' real clocks, machines and duties around a log that the test commits as it likes: an entry is kept back for
 * as long as it says, and a change of leader drops as many of those that are not committed as it says.
 */
export class SchedulingCluster {
  readonly nodes: readonly SchedulingNode[];
  /** What a right clock shows. */
  trueTime: number;
  /** Turns between proposing an entry and its commit. */
  commitLag = 2;
  #leader = 0;
  #term = 0;
  #index = 0;
  #uncommitted: { readonly entry: Entry; readonly since: number }[] = [];
  #turn = 0;

  constructor(wall: number) {
    this.trueTime = wall;
    this.nodes = [1, 2, 3].map((n) => new SchedulingNode(NodeId(`n${n}`), wall));
    this.elect(0, 0);
  }

  get leader(): SchedulingNode {
    return this.#at(this.#leader);
  }

  put(spec: ScheduleSpec): void {
    const nextDueAt = calendar.next(spec, this.leader.clock.now());
    const settled = (): void => undefined;
    const command = { type: "putSchedule", spec, nextDueAt, by: "ann" } as const;
    this.leader.waiting.push({ command, resolve: settled, reject: settled });
  }

  setWall(node: number, byMs: number): void {
    const { runtime } = this.#at(node);
    runtime.setWall(runtime.wallMs() + byMs);
  }

  /** Another leader, or the same anew: the first `kept` entries that are not committed are in its log, the others are lost. */
  elect(next: number, kept: number): void {
    const old = this.leader;
    old.housekeeper.stopLeading();
    for (const { reject } of old.waiting.splice(0)) reject(lost());
    for (const { entry } of this.#uncommitted) for (const { reject } of entry.waiting) reject(lost());
    this.#uncommitted = this.#uncommitted
      .slice(0, kept)
      .map(({ entry, since }) => ({ entry: { ...entry, waiting: [] }, since }));
    this.#index = Number(this.leader.machine.appliedIndex) + this.#uncommitted.length;
    this.#leader = next;
    this.#term += 1;
    this.leader.clock.lead();
    this.leader.housekeeper.lead(Term(this.#term));
  }

  /** One tick of 20 ms everywhere. Without a leader nothing is proposed or committed. */
  tick(hasLeader = true): void {
    this.#turn += 1;
    this.trueTime += 20;
    for (const node of this.nodes) node.runtime.advance(20);
    for (const node of this.nodes) {
      for (const peer of this.nodes) if (peer !== node) node.clock.heard(peer.id, peer.runtime.wallMs());
    }
    if (!hasLeader) return;
    const { leader } = this;
    leader.housekeeper.check(leader.clock.now());
    this.#propose();
    this.#commit();
  }

  run(ms: number, hasLeader = true): void {
    for (let passed = 0; passed < ms; passed += 20) this.tick(hasLeader);
  }

  #propose(): void {
    const { leader } = this;
    const waiting = leader.waiting.splice(0);
    if (waiting.length === 0) return;
    this.#index += 1;
    const batch = { now: leader.clock.now(), commands: waiting.map(({ command }) => command) };
    this.#uncommitted.push({ entry: { index: LogIndex(this.#index), batch, waiting }, since: this.#turn });
  }

  #commit(): void {
    for (let [first] = this.#uncommitted; first !== undefined; [first] = this.#uncommitted) {
      if (this.#turn - first.since < this.commitLag) return;
      this.#uncommitted.shift();
      for (const node of this.nodes) node.apply(first.entry, node === this.leader);
    }
  }

  #at(node: number): SchedulingNode {
    const found = this.nodes[node];
    if (found === undefined) throw new Error(`no node ${node}`);
    return found;
  }
}

function lost(): ConclaveError {
  return new ConclaveError("OUTCOME_UNKNOWN", "leadership was lost");
}
