import { LogIndex, NodeId } from "../../../src/base/brands.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import type { ClusterNode } from "../../../src/node/node.ts";
import type { Identity } from "../../../src/node/ports.ts";
import { ClientOracle } from "../checkers/clientOracle.ts";
import { MachineChecker } from "../checkers/machineChecker.ts";
import { RaftChecker } from "../checkers/raftChecker.ts";
import { SdkPrograms } from "../checkers/sdkPrograms.ts";
import { TermsOfDuty } from "../checkers/termsOfDuty.ts";
import { Acquaintances } from "../network/acquaintances.ts";
import type { ClientConnection } from "../network/clientConnection.ts";
import type { Connection } from "../network/connection.ts";
import { Links } from "../network/links.ts";
import type { Listeners } from "../network/peerWire.ts";
import { Coverage } from "../run/coverage.ts";
import type { Mix } from "../run/mix.ts";
import { Trace } from "../run/trace.ts";
import { Timeline } from "../time/timeline.ts";
import type { Outsider } from "../workload/outsider.ts";
import { counting } from "./counting.ts";
import { Member } from "./member.ts";
import type { Observer } from "./observer.ts";
import { Operator } from "./operator.ts";
import { releases } from "./releases.ts";

/** A cluster that was made of another one's data. */
export interface Origin {
  readonly founders: readonly NodeId[];
  /** Its log begins after this entry. */
  readonly base: number;
  readonly wallStart: number;
}

export interface Failure {
  readonly at: number;
  readonly what: string;
  readonly error: unknown;
}

/** What was said in a handshake may be older than so long, and no more. */
const handshakeMs = 10_000;
/** Until its operator sees where a new node has ended up. */
const noticedMs = 6_000;
/** How long a supervisor waits before it starts a node that ended itself. */
const supervisedRestartMs = 500;

/** One simulated cluster with all that it runs on, and the checkers that watch it. */
export class World {
  readonly seed: number | string;
  readonly mix: Mix;
  readonly timeline = new Timeline();
  readonly coverage = new Coverage();
  readonly trace: Trace;
  readonly links: Links;
  readonly listeners: Listeners = new Map();
  /** Between peers. */
  readonly connections = new Set<Connection>();
  /** Of programs that use the SDK, as long as their own end stands. */
  readonly clientConnections = new Set<ClientConnection>();
  /** Processes on other machines than the nodes'. */
  readonly outsiders = new Set<Outsider>();
  readonly founders: readonly NodeId[];
  /** All nodes that there ever were. */
  readonly members: Member[];
  readonly raftChecker: RaftChecker;
  readonly machineChecker: MachineChecker;
  readonly oracle: ClientOracle;
  readonly sdkPrograms: SdkPrograms;
  readonly termsOfDuty = new TermsOfDuty(this);
  readonly observer: Observer;
  readonly operator: Operator;
  readonly acquaintances = new Acquaintances();
  /** Milliseconds since the epoch when the run begins. */
  readonly wallStart: number;
  /** Checkers count entries from here on: 0, but for a cluster that was made of another one's data. */
  readonly base: number;
  /** What is to happen when a snapshot's install has become durable. */
  onInstalled: (member: Member) => void = () => undefined;
  failure: Failure | null = null;
  /** Who led last, as far as anybody knew. */
  #lastLeader: Member | null = null;
  /** Of the cluster that is looked at; null until it has been founded. */
  #clusterId: string | null = null;
  /** Faults are over: whoever ends now has no excuse. */
  healed = false;

  constructor(
    seed: number | string,
    mix: Mix,
    options: { readonly keepsTrace?: boolean; readonly origin?: Origin } = {},
  ) {
    this.seed = seed;
    this.mix = mix;
    const { origin } = options;
    this.base = origin?.base ?? 0;
    this.wallStart = origin?.wallStart ?? 1_800_000_000_000;
    this.trace = new Trace(options.keepsTrace === true);
    this.links = new Links(this.timeline, this.random("network"));
    this.links.traits = mix.network;
    const ids = origin?.founders ?? Array.from({ length: mix.nodes }, (_, i) => NodeId(`n${i + 1}`));
    this.founders = ids;
    this.raftChecker = new RaftChecker(this);
    this.machineChecker = new MachineChecker(this);
    this.oracle = new ClientOracle(this);
    this.sdkPrograms = new SdkPrograms(
      () => !this.members.some(({ clockRanSlow }) => clockRanSlow),
      (violation) => this.fail(violation),
    );
    this.observer = counting(this.#observer(), this.base);
    this.members = ids.map((id) => new Member(this, id));
    for (const member of this.members) this.raftChecker.follow(member);
    this.operator = new Operator(this);
  }

  /** A machine that is to join, with an empty disk. */
  addMember(): Member {
    let number = this.members.length + 1;
    while (this.members.some(({ id }) => id === `n${number}`)) number += 1;
    const member = new Member(this, NodeId(`n${number}`));
    member.startsBy = "join";
    this.members.push(member);
    this.raftChecker.follow(member);
    return member;
  }

  /** A node has opened this directory. Whether it is of another cluster, which a wiped founder has made, or joined. */
  isForeign(member: Member, { clusterId, joining }: Identity): boolean {
    this.#clusterId ??= clusterId;
    if (clusterId === this.#clusterId) return false;
    this.coverage.count("join", joining === null ? "founded another cluster" : "joined another cluster");
    this.note(member.id, `belongs to another cluster, ${clusterId}`);
    this.raftChecker.onStranger(member.id);
    member.lost = "of another cluster";
    // A founder that was wiped its operator sees to already.
    if (joining !== null) this.operator.replaceData(member, noticedMs);
    return true;
  }

  /** Nothing was ever promised: what is founded next is the cluster. */
  foundAgain(): void {
    this.#clusterId = null;
    this.raftChecker.reset();
  }

  /** Those that their operator wants to be members, for all that he knows. */
  get wanted(): readonly Member[] {
    return this.members.filter(({ intent }) => intent !== "gone");
  }

  /** Clients' machines are always up. */
  isMachineUp(name: string): boolean {
    return this.members.find(({ id }) => id === name)?.machineUp ?? true;
  }

  /** A generator of its own for each purpose: a change in one leaves the others alone. */
  random(purpose: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${purpose}`);
  }

  member(id: NodeId): Member {
    const member = this.members.find((each) => each.id === id);
    if (member === undefined) throw new Error(`no node ${id}`);
    return member;
  }

  /** The leader of the highest term, if any; one that stays away leads nobody, whatever it takes itself for. */
  get leader(): Member | null {
    let best: { readonly member: Member; readonly term: number } | null = null;
    for (const member of this.members) {
      const status = member.isAway ? null : member.status();
      if (status?.role === "leader" && status.term > (best?.term ?? -1)) best = { member, term: status.term };
    }
    return best?.member ?? null;
  }

  /** Its directory is its own, and nobody else's. */
  isAtHome(member: Member): boolean {
    return this.members.every((each) => (each === member) === (each.mounted === member));
  }

  /** Whether enough is left without this node's data: by every configuration that may be in force a quorum. */
  mayLose(member: Member): boolean {
    if (member.lost !== null || member.intent === "gone" || this.operator.isBusy) return false;
    if (!this.isAtHome(member)) return false;
    // What was restored is nowhere else yet.
    if (this.base > 0 && this.raftChecker.committed.length === 0) return false;
    return this.raftChecker.quorums().every((voters) => {
      const isIntact = (each: Member): boolean => each !== member && each.lost === null;
      const intact = voters.map((id) => this.member(id)).filter(isIntact);
      const isFounded = this.raftChecker.committed.length === 0;
      return intact.filter((each) => isFounded || each.isSettled).length * 2 > voters.length;
    });
  }

  note(who: string, what: string): void {
    this.trace.note(this.timeline.now, who, what);
  }

  /** The first failure is the one that counts. */
  fail(what: string, error?: unknown): void {
    if (this.failure !== null) return;
    this.failure = { at: this.timeline.now, what, error: error ?? new Error(what) };
    this.note("!!!!", error instanceof Error ? `${what}: ${error.message}` : what);
  }

  /** A linearizable read: what was committed anywhere when it began must be in the state that it may look at (R12). */
  async readBarrier(node: ClusterNode): Promise<void> {
    const covers = this.raftChecker.committed.length;
    await node.readBarrier();
    const { appliedIndex } = node.state;
    if (appliedIndex - this.base < covers) {
      this.fail(
        `R12: a read at ${node.nodeId} sees entry ${appliedIndex}, and ${covers} were committed when it began`,
      );
    }
  }

  /** A node found damage when it started, and waits for a leader to be repaired by. */
  onDamageFound(member: Member, error: unknown): void {
    this.note(member.id, `is damaged: ${error instanceof Error ? error.message : String(error)}`);
    this.coverage.count("repair", "damage found");
    this.#noticed(member);
    if (member.lost === null || this.raftChecker.isIntact(member.id))
      this.fail(`${member.id} takes its data for damaged without cause`, error);
  }

  /** What it fetched does not add up. Of what is damaged on its way once it must not take anything. */
  onSnapshotBroken(member: Member, error: unknown): void {
    this.coverage.count("snapshot", "found damaged");
    if (!member.hasDamagedStaging)
      this.fail(`R13: ${member.id} fetched a snapshot that does not add up, without cause`, error);
    member.hasDamagedStaging = false;
  }

  onNotTakenIn(member: Member, { err }: { readonly err?: unknown }): void {
    const code = err instanceof ConclaveError ? err.code : "UNEXPECTED";
    this.coverage.count("join refused", code);
    const message = err instanceof Error ? err.message : String(err);
    this.note(member.id, `is not taken in: ${message}`);
    if (/has been removed: repairing/.test(message)) this.operator.onRepairRefused(member);
  }

  /** The process ended by its own decision. */
  onFatal(member: Member, error: unknown, diskHasFailed: boolean, isJoining: boolean): void {
    const code = error instanceof ConclaveError ? error.code : "UNEXPECTED";
    this.coverage.count("node ended itself", code);
    if (code === "IDENTITY_MISMATCH" && member.mounted !== member) {
      this.coverage.count("swap", "refused to start");
    } else if (code === "FORMAT_UNSUPPORTED" && isJoining && this.#mayLackFormat(member)) {
      this.operator.upgrade(member, noticedMs);
    } else if (code === "DATA_CORRUPT" && member.forgot !== null) {
      this.#noticed(member);
      this.timeline.after(supervisedRestartMs, () => member.start());
    } else if (code === "DISK_FAILED" && diskHasFailed) {
      this.timeline.after(supervisedRestartMs, () => {
        member.mounted.disk.mend();
        member.start();
      });
    } else if (code === "DATA_CORRUPT" && member.lost !== null && !this.raftChecker.isIntact(member.id)) {
      this.note(member.id, "its data is damaged beyond repair, and it knows");
      this.operator.replaceData(member, supervisedRestartMs);
    } else this.fail(`${member.id} ends itself without cause`, error);
  }

  /** A node that joins ends itself when the leader, or everybody it asks, shares no format with it. */
  #mayLackFormat(member: Member): boolean {
    const { release } = member;
    // The cluster writes what it cannot read by now.
    if (release === releases.before) return true;
    if (release === releases.far) {
      this.coverage.count("release", "not taken in with no common format");
      return true;
    }
    const isFar = (each: Member): boolean =>
      each.release === releases.far || this.timeline.now < each.farUntil + handshakeMs || each.isStranger;
    // A cluster of one has its leader even when that runs a far release; its word counts for all.
    // So does that of one which led until a moment ago, and which others named.
    const leader = this.leader ?? this.#lastLeader;
    const isLeaderFar = leader !== null && isFar(leader);
    // Machines that came after it was started it has not heard of.
    const areFar =
      isLeaderFar ||
      this.members.every(
        (each) =>
          each === member || each.intent === "gone" || !member.asks.includes(each.peerAddress) || isFar(each),
      );
    this.coverage.count(
      "release",
      areFar ? "asked only those with no common format" : "not taken in, too old",
    );
    const isNext = (each: Member): boolean =>
      each.release === releases.next || this.timeline.now < each.nextUntil + handshakeMs;
    return areFar || (release === releases.present && this.members.some(isNext));
  }

  /** An older copy was noticed for what it is: it counts no more, and is repaired like one that is damaged. */
  #noticed(member: Member): void {
    if (member.forgot === null) return;
    member.forgot = null;
    member.lost = "damaged (an older copy)";
    member.settledAt = null;
    this.coverage.count("old copy", "noticed");
    this.raftChecker.onLost(member.id);
  }

  /** An older copy that no leader could notice has caught up: whatever it forgot is there again. */
  #caughtUp(member: Member, term: number): void {
    const { forgot } = member;
    if (forgot?.term === term && forgot.leader.lives === forgot.life)
      this.fail(
        `R15: ${member.id}, an older copy, goes on under ${forgot.leader.id}, which has its word for more`,
      );
    member.forgot = null;
    member.lost = null;
    this.coverage.count("old copy", "caught up with another leader");
  }

  onRefusedIncarnation(by: NodeId, peer: string, reason: string): void {
    // One that not all founders have met yet cannot be told from one that was wiped.
    const hasCause = [by, peer].some((id) => {
      const member = this.members.find((each) => each.id === id);
      if (member === undefined || member.wasTouched || member.settledAt === null) return true;
      return this.timeline.now - member.settledAt < handshakeMs;
    });
    if (!hasCause) this.fail(`R15: ${by} refuses ${peer}, whose data was never touched: ${reason}`);
  }

  #observer(): Observer {
    const { raftChecker, machineChecker, trace } = this;
    return {
      onStarted: (member, status, identity) => {
        if (member.mounted !== member)
          this.fail(`R15: ${member.id} starts on ${member.mounted.id}'s directory`);
        if (identity.joining === null && !identity.founding) member.settledAt ??= this.timeline.now;
        raftChecker.onStarted(member, status, identity);
        const machine = member.life?.running?.machine;
        // Who joins a cluster that was made of another one's data begins before its log does.
        if (machine !== undefined && machine.appliedIndex >= this.base) {
          machineChecker.onApplied(
            member,
            LogIndex(machine.appliedIndex - this.base),
            machine,
            null,
            raftChecker.committed,
          );
          // What it was made of is all there.
          if (this.base > 0 && raftChecker.committed.length === 0) machineChecker.checkAll(machine);
        }
        this.note(
          member.id,
          `has read its disk: term ${status.term}, entries ${status.compactedIndex}..${status.lastIndex}, applied ${status.appliedIndex}`,
        );
      },
      onStep: (member, event, status, effects) => {
        if (status.role === "leader") this.#lastLeader = member;
        trace.mix(status.term * 31 + status.commitIndex);
        trace.mix(status.lastIndex * 7 + effects.length);
        trace.mix(this.timeline.now * 1_000);
        raftChecker.onStep(member, event, status, effects);
        if (status.role === "leader" && effects.some(({ type }) => type === "roleChanged"))
          machineChecker.onElected(member);
        if (member.forgot !== null && status.appliedIndex >= member.forgot.through)
          this.#caughtUp(member, status.term);
      },
      onWoken: (member, status) => machineChecker.onWoken(member, status),
      onCut: (member, status, index) => raftChecker.onCut(member, status, index),
      onCheckpoint: (member, index, configuration) => raftChecker.onCheckpoint(member, index, configuration),
      onDeparture: (member, to, message) => raftChecker.onDeparture(member, to, message),
      onApplied: (member, index, _batch, applied) => {
        const machine = member.life?.running?.machine;
        if (machine === undefined) return;
        machineChecker.onApplied(member, index, machine, applied, raftChecker.committed);
      },
    };
  }
}
