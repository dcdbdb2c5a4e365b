import { assertNever } from "../../../src/base/assert.ts";
import { MonotonicMs, type NodeId } from "../../../src/base/brands.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Effect, Event, RaftConfig } from "../../../src/raft/index.ts";
import { InvariantBroken, Invariants } from "./invariants.ts";
import { membershipCodec } from "./membershipText.ts";
import { Network } from "./network.ts";
import { type Founding, ScenarioNode, type Waiting } from "./node.ts";
import { Output } from "./output.ts";
import { entriesText, membershipOf, messageText, place } from "./wording.ts";

export const electionTimeoutMs = 1000;

const config: Omit<RaftConfig, "id"> = {
  electionTimeoutMs,
  heartbeatIntervalMs: 100,
  electionBackoff: { initialMs: 1000, multiplier: 2, maxMs: 60_000 },
  maxAppendBytes: 64 * 1024,
  maxInflightAppends: 16,
  maxInflightBytes: 1024 * 1024,
  maxUncommittedBytes: 1024 * 1024,
  cacheBytes: 1024 * 1024,
  maxPromotionLag: 10,
  membershipCodec,
};

/**
 * A cluster in which nothing happens by itself: time, messages and (where the scenario says so) disks move when told.
 * Every node waits a share of its own of the random part of an election timeout, so a run is the same each time.
 */
export class World {
  now = MonotonicMs(0);
  readonly output = new Output();
  readonly network = new Network();
  readonly nodes: ScenarioNode[] = [];
  readonly invariants = new Invariants(() => this.nodes);
  /** What the driver calls its proposals, reads and changes, by the core's number for them. */
  readonly names: string[] = [""];
  /** What became of each: `accepted at 3@2`, `refused: notLeader`, `safe at 5`. */
  readonly outcomes = new Map<string, string>();
  /** While time runs by itself, roles are told with the time. */
  showsTime = false;
  #options: Partial<RaftConfig> = {};

  configure(options: Readonly<Record<string, number>>): void {
    const unknown = Object.keys(options).find((name) => !(name in config));
    if (unknown !== undefined) throw new Error(`there is no option ${unknown}`);
    this.#options = options;
  }

  add(id: NodeId, founding: Founding): ScenarioNode {
    const random = shareOf(this.nodes.length);
    const node = new ScenarioNode({ ...config, ...this.#options, id }, founding, random);
    this.nodes.push(node);
    return node;
  }

  node(id: string): ScenarioNode {
    const node = this.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  get ids(): readonly NodeId[] {
    return this.nodes.map(({ id }) => id);
  }

  nameFor(name: string): number {
    this.names.push(name);
    return this.names.length - 1;
  }

  step(node: ScenarioNode, event: Event): void {
    const before = node.status(this.now).commitIndex;
    let effects: readonly Effect[];
    try {
      effects = node.step(event, this.now);
    } catch (error) {
      this.#stop(node, error);
      return;
    }
    const status = node.status(this.now);
    const [persist] = effects;
    if (persist?.type === "persist") this.invariants.onPersist(node, persist);
    for (const effect of effects) {
      if (effect.type === "persist" || effect.type === "installSnapshot") this.#onEffect(node, effect);
    }
    this.invariants.onStep(node, status, effects);
    if (status.commitIndex > before) this.output.tellCommit(node.id, status.commitIndex);
    for (const effect of effects) {
      if (effect.type !== "persist" && effect.type !== "installSnapshot") this.#onEffect(node, effect);
    }
    if (!node.diskIsSlow) this.completeWrites(node, node.disk.requested, node.disk.synced + 1);
    const applied = node.machine.appliedIndex;
    if (node.isUp && applied > node.status(this.now).appliedIndex) {
      this.step(node, { type: "applied", index: applied });
    }
  }

  /** The writes through `through` are on disk; the driver reports those from `from` on in one event. */
  completeWrites(node: ScenarioNode, through: number, from: number): void {
    const { synced } = node.disk;
    if (through <= synced && from > through) return;
    node.disk.syncThrough(Math.max(synced, through));
    if (node.disk.checkpoint.appliedIndex > node.machine.appliedIndex) this.#swapMachine(node);
    const ready = node.waiting.filter(({ afterWrite }) => afterWrite <= node.disk.synced);
    node.waiting = node.waiting.filter(({ afterWrite }) => afterWrite > node.disk.synced);
    for (const waiting of ready) this.#depart(node, waiting);
    this.step(node, { type: "persisted", ...node.disk.reportOf(from, through) });
  }

  answerRead(node: ScenarioNode, read: Extract<Effect, { type: "readLog" }>, fails: boolean): void {
    const entries = fails ? null : node.readLog(read);
    this.step(node, { type: "logRead", peer: read.peer, from: read.from, entries });
  }

  #stop(node: ScenarioNode, error: unknown): void {
    if (error instanceof InvariantBroken || !(error instanceof Error)) throw error;
    this.output.tellAlways(node.id, "STOPS", error.message);
    node.stop(error.message);
  }

  #swapMachine(node: ScenarioNode): void {
    node.machine = node.disk.checkpoint;
    node.checkpoints.push(node.disk.checkpoint);
    this.invariants.onApplied(node);
  }

  #depart(node: ScenarioNode, { to, message }: Waiting): void {
    this.invariants.onDeparture(node, to, message);
    const isSent =
      this.nodes.some(({ id }) => id === to) && this.network.send({ from: node.id, to, message });
    this.output.tell(node.id, isSent ? "send" : "lost", `${to.padEnd(3)} ${messageText(message)}`);
  }

  #onEffect(node: ScenarioNode, effect: Effect): void {
    const { id } = node;
    const { output } = this;
    switch (effect.type) {
      case "persist":
        return this.#onPersist(node, effect);
      case "send": {
        const waiting = { afterWrite: node.disk.requested, to: effect.to, message: effect.message };
        if (effect.after === "now" || node.disk.requested === node.disk.synced) {
          return this.#depart(node, waiting);
        }
        node.waiting.push(waiting);
        if (node.diskIsSlow) {
          output.tell(
            id,
            "wait",
            `${effect.to.padEnd(3)} ${messageText(effect.message)} (write ${waiting.afterWrite})`,
          );
        }
        return;
      }
      case "apply":
        node.apply(effect.entries);
        this.invariants.onApplied(node);
        return output.tell(id, "apply", entriesText(effect.entries));
      case "readLog":
        return this.#onReadLog(node, effect);
      case "releaseRead":
        return this.#settle(node, effect.id, "read", `safe at ${effect.index}`);
      case "rejectRead":
        return this.#settle(node, effect.id, "refuse", `refused: ${effect.reason}`);
      case "acceptProposal":
        return this.#settle(node, effect.id, "accept", `at ${place(effect)}`);
      case "rejectProposal":
        return this.#settle(node, effect.id, "refuse", `refused: ${effect.reason}`);
      case "rejectMembershipChange":
        return this.#settle(node, effect.id, "refuse", `refused: ${effect.reason} (${effect.why})`);
      case "membershipChanged": {
        const { index, membership } = effect.configuration;
        const state = effect.committed ? "committed" : "in force";
        const leaving = effect.leaving.length === 0 ? "" : `, leaving: ${effect.leaving.join(" ")}`;
        const text = `${membershipOf(membership)} of entry ${index} ${state}${leaving}`;
        return output.tellAlways(id, "config", text);
      }
      case "fetchSnapshot":
        return this.#onFetch(node, effect);
      case "installSnapshot":
        return this.#onInstall(node, effect);
      case "transferFailed":
        return output.tellAlways(id, "stays", effect.why);
      case "roleChanged":
        return this.#onRole(node, effect);
      default:
        return assertNever(effect);
    }
  }

  #onPersist(node: ScenarioNode, effect: Extract<Effect, { type: "persist" }>): void {
    node.write(effect);
    const { hardState, truncateFrom, entries } = effect;
    const vote = hardState?.votedFor;
    const parts = [
      ...(hardState === null ? [] : [`term ${hardState.currentTerm}${vote === null ? "" : ` vote ${vote}`}`]),
      ...(truncateFrom === null ? [] : [`cut from ${truncateFrom}`]),
      ...(entries.length === 0 ? [] : [entriesText(entries)]),
    ];
    const slow = node.diskIsSlow ? ` (write ${node.disk.requested})` : "";
    if (truncateFrom !== null) this.output.tellAlways(node.id, "write", `${parts.join("; ")}${slow}`);
    else this.output.tell(node.id, "write", `${parts.join("; ")}${slow}`);
  }

  #onReadLog(node: ScenarioNode, effect: Extract<Effect, { type: "readLog" }>): void {
    const { peer, from, through } = effect;
    this.output.tell(node.id, "seek", `${peer.padEnd(3)} entries ${from}..${through} from the disk`);
    if (node.readsAreSlow) node.pendingReads.push(effect);
    else this.answerRead(node, effect, false);
  }

  #onFetch(node: ScenarioNode, effect: Extract<Effect, { type: "fetchSnapshot" }>): void {
    const { fetching } = node;
    const isNews =
      fetching?.from !== effect.from || fetching.lastIncluded.index !== effect.lastIncluded.index;
    node.fetching = effect;
    const text = `${effect.from.padEnd(3)} the snapshot of ${place(effect.lastIncluded)}`;
    if (isNews) this.output.tellAlways(node.id, "fetch", text);
    else this.output.tell(node.id, "fetch", text);
  }

  #onInstall(node: ScenarioNode, effect: Extract<Effect, { type: "installSnapshot" }>): void {
    const { snapshot, hardState } = effect;
    const checkpoint = node.staged.find(({ appliedIndex }) => appliedIndex === snapshot.index);
    if (checkpoint === undefined)
      throw new Error(`${node.id} has not fetched a snapshot of ${snapshot.index}`);
    node.write({ type: "install", hardState, checkpoint });
    node.fetching = null;
    const slow = node.diskIsSlow ? ` (write ${node.disk.requested})` : "";
    this.output.tellAlways(node.id, "install", `snapshot of ${place(snapshot)} in place of the log${slow}`);
  }

  #onRole(node: ScenarioNode, effect: Extract<Effect, { type: "roleChanged" }>): void {
    const { role, term, leader, why } = effect;
    const follows = role === "follower" && leader !== null;
    const text = follows ? `follower t${term} of ${leader}` : `${role} t${term}: ${why}`;
    this.output.tellAlways(node.id, "role", this.showsTime ? `${text} (at ${this.now}ms)` : text);
  }

  #settle(node: ScenarioNode, id: number, verb: string, outcome: string): void {
    const name = this.names[id] ?? `#${id}`;
    this.outcomes.set(name, outcome);
    if (verb === "accept") this.output.tell(node.id, verb, `${name} ${outcome}`);
    else this.output.tellAlways(node.id, verb, `${name} ${outcome}`);
  }
}

/** A node draws the same share every time, another one than its neighbours. */
function shareOf(position: number): Random {
  const share = [0, 0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875][position] ?? 0.9375;
  return { next: () => share, below: (bound) => Math.floor(share * bound) };
}
