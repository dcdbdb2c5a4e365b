import { assertNever } from "../base/assert.ts";
import type { LogIndex, MonotonicMs, NodeId, Term } from "../base/brands.ts";
import type { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Machine } from "../machine/index.ts";
import type { Applied, CommandBatch } from "../machine/types.ts";
import type { RaftStatus } from "../raft/config.ts";
import type { Effect, RejectReason } from "../raft/effects.ts";
import type { Event } from "../raft/events.ts";
import type { Raft } from "../raft/index.ts";
import type { Configuration, EntryId, MembershipCodec, RoleName } from "../raft/types.ts";
import { Applier } from "./applier.ts";
import { DurableWriter } from "./durableWriter.ts";
import { endsNode, overloaded, shuttingDown } from "./errors.ts";
import { EventLog } from "./eventLog.ts";
import { JobEnds } from "./jobEnds.ts";
import { LogClock } from "./logClock.ts";
import { Mailbox } from "./mailbox.ts";
import type { MembershipChanges } from "./membershipChanges.ts";
import type { BatchCodec, LogStore, PeerTransport, Telemetry } from "./ports.ts";
import { Proposer } from "./proposer.ts";
import { ReadBarriers } from "./readBarriers.ts";
import type { Runtime } from "./runtime.ts";
import type { SnapshotFetcher } from "./snapshotFetcher.ts";
import type { SnapshotInstaller } from "./snapshotInstaller.ts";

/** Bytes of waiting commands above which a turn proposes although a durable write is under way. */
const proposeAnywayBytes = 256 * 1024;

/**
 * Proposed and not answered: commits by the others alone while our disk hangs, or entries that come faster than they are
 * applied. Beyond it nothing is proposed; what waits then is bounded in its turn, and refused.
 */
const maxUnderWayBytes = 64 * 1024 * 1024;

export interface Leadership {
  readonly role: RoleName;
  readonly term: Term;
  readonly leader: NodeId | null;
}

export interface DriverOptions {
  readonly raft: Raft;
  readonly machine: Machine;
  readonly log: LogStore;
  readonly transport: PeerTransport;
  readonly codec: BatchCodec;
  readonly membershipCodec: MembershipCodec;
  readonly fetcher: SnapshotFetcher;
  readonly installer: SnapshotInstaller;
  readonly changes: MembershipChanges;
  readonly runtime: Runtime;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** The configuration in force changed; `leaving` are no members of it and are still to be talked with. */
  readonly onMembership: (configuration: Configuration, leaving: readonly NodeId[]) => void;
  /** A configuration was applied, as an entry or with a snapshot. */
  readonly onConfigurationApplied: (configuration: Configuration) => void;
  /** The role, term or leader changed. */
  readonly onLeadership: (now: Leadership, before: Leadership, why: string) => void;
  /** A committed batch was applied; `mine` when this node proposed it in this term. */
  readonly onBatch: (batch: CommandBatch, applied: Applied, mine: boolean) => void;
  /** Last chance in a leader's turn to add commands that ride along with what is proposed. */
  readonly beforePropose: () => void;
  /** The successor is about to be asked to take over: from here on it may lead. */
  readonly onSucceeding: () => void;
  /** Leadership was to be handed over, and stays here. */
  readonly onTransferFailed: (why: string) => void;
  /** A turn has ended. */
  readonly afterTurn: () => void;
  /** The error to give callers where this node does not lead. */
  readonly notLeader: () => ConclaveError;
  /** A write or an invariant failed: the process must end rather than guess. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Runs the core. A turn takes everything that came since the last one, steps the core with each, sends what
 * may leave, applies what committed, proposes what waits as one entry, and starts one durable write.
 */
export class Driver {
  readonly proposer: Proposer;
  readonly reads: ReadBarriers;
  readonly clock: LogClock;
  /** Told of every job that ends, on leader and followers alike. */
  readonly ends: JobEnds;
  /** Of jobs, as they are applied; on leader and followers alike. */
  readonly events: EventLog;
  readonly #options: DriverOptions;
  readonly #mailbox: Mailbox<Event>;
  readonly #writer: DurableWriter;
  readonly #applier: Applier;
  #leadership: Leadership;
  #installing = false;
  #stopped = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    const { raft, machine, log, transport, codec, runtime, telemetry } = options;
    const { role, term, leader } = raft.status(runtime.monotonicMs());
    this.#leadership = { role, term, leader };
    this.#mailbox = new Mailbox(runtime, (events) => this.#guard(() => this.#turn(events)));
    this.proposer = new Proposer(codec);
    this.reads = new ReadBarriers((id) => this.post({ type: "read", id }));
    this.clock = new LogClock(runtime, machine.now);
    this.ends = new JobEnds(machine);
    this.events = new EventLog(machine.appliedIndex);
    this.#applier = new Applier({
      machine,
      codec,
      membershipCodec: options.membershipCodec,
      configuration: raft.configurationAt(machine.appliedIndex),
      proposer: this.proposer,
      ends: this.ends,
      events: this.events,
      runtime,
      telemetry,
      onBatch: (batch, applied, mine) => {
        this.clock.observed(batch.now);
        options.onBatch(batch, applied, mine);
      },
      onConfiguration: (entry, configuration) => this.#onConfiguration(entry, configuration),
    });
    this.#writer = new DurableWriter({
      log,
      transport,
      runtime,
      telemetry,
      onPersisted: (hardState, lastEntry) => this.post({ type: "persisted", hardState, lastEntry }),
      onFailed: (error) => this.#fail(error),
    });
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  get leads(): boolean {
    return this.#leadership.role === "leader";
  }

  /** It was stopped or has failed: it takes no event any more, and whoever asks it to wait would wait for ever. */
  get isOver(): boolean {
    return this.#stopped;
  }

  /** The core's; but nobody is led by a driver that is over, whatever its core was told last. */
  status(): RaftStatus {
    const { raft, runtime } = this.#options;
    const status = raft.status(runtime.monotonicMs());
    if (!this.#stopped || status.role !== "leader") return status;
    return { ...status, role: "follower", leader: null, leaseUntil: null };
  }

  post(event: Event): void {
    this.#mailbox.post(event);
  }

  /** Time has passed: runs a turn if the core has something to do by now. An idle node thus does next to nothing. */
  tick(): void {
    const now = this.#options.runtime.monotonicMs();
    const deadline = this.#options.raft.nextDeadline(now);
    if (deadline !== null && now >= deadline) this.post({ type: "tick" });
  }

  /** For how long `tick` has nothing to do; the turn that is about to run, if any, will know. */
  idleMs(now: MonotonicMs): number {
    if (this.#stopped || this.#mailbox.isAwake) return Number.POSITIVE_INFINITY;
    return (this.#options.raft.nextDeadline(now) ?? Number.POSITIVE_INFINITY) - now;
  }

  /** Makes sure that a turn runs soon: there are commands or workers to look after. */
  wake(): void {
    this.#mailbox.wake();
  }

  /** In force as of the machine's applied index. */
  get appliedConfiguration(): Configuration {
    return this.#applier.configuration;
  }

  /** How long the durable write under way has taken so far, in ms; 0 when there is none. */
  get writeStalledMs(): number {
    return this.#writer.stalledMs;
  }

  /** Takes no further event, and waits for the durable write under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#mailbox.close();
    await this.#writer.idle();
  }

  /** Nothing is decided here any more: whoever waits for it is told. */
  rejectAll(error: ConclaveError): void {
    this.reads.rejectAll(error);
    this.#options.changes.rejectAll(error);
    this.proposer.end(error);
  }

  #turn(events: readonly Event[]): void {
    const { runtime, telemetry } = this.#options;
    const startedAt = runtime.monotonicMs();
    for (const event of events) this.#take(event);
    if (this.#applier.runSlice()) {
      this.#step({ type: "applied", index: this.#applier.appliedIndex });
      this.reads.applied(this.#applier.appliedIndex);
    }
    this.#propose();
    this.#writer.flush();
    if (this.#applier.pending) this.#mailbox.wake();
    telemetry.turn(runtime.monotonicMs() - startedAt, events.length);
    this.#options.afterTurn();
  }

  #propose(): void {
    const { raft, runtime, beforePropose, notLeader } = this.#options;
    if (!this.leads) {
      if (this.proposer.waiting) this.proposer.leadershipLost(notLeader());
      return;
    }
    // While a write is under way more gathers, and one entry then carries all of it.
    if (this.#writer.busy && this.proposer.waitingBytes < proposeAnywayBytes) return;
    const now = runtime.monotonicMs();
    if (!raft.hasLease(now)) {
      this.#step({ type: "tick" });
      return;
    }
    // They wait: for the successor's address, or for the transfer to fail.
    if (raft.isTransferring || this.proposer.underWayBytes > maxUnderWayBytes) return;
    beforePropose();
    if (!this.proposer.waiting) return;
    this.#step({ type: "propose", proposals: this.proposer.take(this.clock.now(), now) });
  }

  #take(event: Event): void {
    this.#step(event);
    // The core has answered with an installation by now, or never will.
    if (event.type === "snapshotFetched") this.#options.fetcher.decided(this.#installing);
  }

  #step(event: Event): void {
    const { raft, runtime } = this.#options;
    for (const effect of raft.step(event, runtime.monotonicMs())) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case "persist":
        this.#writer.persist(effect);
        return;
      case "send":
        if (effect.message.type === "timeoutNow") this.#options.onSucceeding();
        if (effect.after === "now") this.#options.transport.send(effect.to, effect.message);
        else this.#writer.sendWhenPersisted(effect.to, effect.message);
        return;
      case "apply":
        this.#applier.add(effect.entries);
        return;
      case "readLog":
        this.#readLog(effect.peer, effect.from, effect.through, effect.maxBytes);
        return;
      case "releaseRead":
        this.reads.released(effect.id, effect.index, this.#applier.appliedIndex);
        return;
      case "rejectRead":
        this.reads.rejected(effect.id, this.#options.notLeader());
        return;
      case "acceptProposal":
        this.proposer.accepted(effect.id, effect.index, effect.term);
        this.#options.changes.accepted(effect.id, effect.index, effect.term);
        return;
      case "rejectProposal":
        this.proposer.rejected(effect.id, this.#rejection(effect.reason));
        return;
      case "rejectMembershipChange":
        this.#options.changes.rejected(effect.id, effect.reason, effect.why);
        return;
      case "membershipChanged":
        this.#options.onMembership(effect.configuration, effect.leaving);
        return;
      case "fetchSnapshot":
        this.#options.fetcher.fetch(effect.from, effect.lastIncluded);
        return;
      case "installSnapshot":
        this.#install(effect);
        return;
      case "transferFailed":
        this.#options.onTransferFailed(effect.why);
        return;
      case "roleChanged":
        this.#roleChanged(effect.role, effect.term, effect.leader, effect.why);
        return;
      default:
        assertNever(effect);
    }
  }

  /**
   * Everything staged before is written first, what is staged from now on is chained to the snapshot, and what rests on
   * it waits. The machine's state changes at once when all is there; until then stale reads see the old one.
   */
  #install(effect: Extract<Effect, { type: "installSnapshot" }>): void {
    const { fetcher, installer, log, machine } = this.#options;
    // The core knows the founding configuration where the sender did not.
    const header = { ...fetcher.take(effect.snapshot), configuration: effect.snapshot.configuration };
    this.#installing = true;
    this.#applier.hold();
    this.#writer.install(effect, async () => {
      await installer.install(header);
      this.#installing = false;
      fetcher.installed();
      this.#applier.resume(header);
      this.clock.observed(machine.now);
      this.reads.applied(header.index);
      this.ends.tellAll();
      this.events.restart(header.index);
      this.#onConfiguration(header, header.configuration);
    });
    log.stageInstall(header);
  }

  #onConfiguration(entry: EntryId, configuration: Configuration): void {
    this.#options.changes.applied(entry, configuration);
    this.#options.onConfigurationApplied(configuration);
  }

  #rejection(reason: RejectReason): ConclaveError {
    switch (reason) {
      case "notLeader":
      case "leadershipLost":
      case "transferring":
        return this.#options.notLeader();
      case "overloaded":
        return overloaded("too many bytes of the log wait for a majority's disks");
    }
  }

  #roleChanged(role: RoleName, term: Term, leader: NodeId | null, why: string): void {
    const before = this.#leadership;
    this.#leadership = { role, term, leader };
    if (role === "leader" && before.role !== "leader") this.clock.lead();
    this.#options.onLeadership(this.#leadership, before, why);
    if (before.role === "leader" && role !== "leader") {
      this.proposer.leadershipLost(this.#options.notLeader());
    }
  }

  #readLog(peer: NodeId, from: LogIndex, through: LogIndex, maxBytes: number): void {
    const { log, logger } = this.#options;
    log.read(from, through, maxBytes).then(
      (entries) => this.post({ type: "logRead", peer, from, entries }),
      (error: unknown) => {
        logger.error({ peer, from, through, error }, "the log could not be read; nothing was sent");
        if (endsNode(error)) this.#fail(error);
        else this.post({ type: "logRead", peer, from, entries: null });
      },
    );
  }

  /** A throw in a turn is a bug or damaged data: end rather than go on with half a step done. */
  #guard(turn: () => void): void {
    try {
      turn();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#mailbox.close();
    // Its own heart beats no more, and the others elect another: it must not go on as a leader that hears nobody.
    if (this.leads) this.#roleChanged("follower", this.#leadership.term, null, "this node has failed");
    this.rejectAll(shuttingDown());
    this.#options.onFatal(error);
  }
}
