import { type JobId, type NodeId, Term } from "../base/brands.ts";
import type { ConclaveError } from "../base/errors.ts";
import type {
  Act,
  ActResult,
  Applied,
  CancelResult,
  CommandBatch,
  EnqueueResult,
  JobSpec,
  Manage,
  ManageResult,
} from "../machine/types.ts";
import type { MachineView } from "../machine/view.ts";
import type { RaftStatus } from "../raft/config.ts";
import type { Message } from "../raft/messages.ts";
import type { Configuration, MembershipChange } from "../raft/types.ts";
import { Admission } from "./admission.ts";
import { ClockWatch } from "./clockWatch.ts";
import type { ClusterNodeOptions } from "./clusterNodeOptions.ts";
import { CommandDesk } from "./commandDesk.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { Driver, type Leadership } from "./driver.ts";
import { notLeaderError, shuttingDown } from "./errors.ts";
import type { EventLog } from "./eventLog.ts";
import { forgottenEntries } from "./forgottenEntries.ts";
import { Founding } from "./founding.ts";
import { Handover, type Successor } from "./handover.ts";
import { Housekeeper } from "./housekeeper.ts";
import type { JobEnds } from "./jobEnds.ts";
import { Leading } from "./leading.ts";
import { makeDispatcher } from "./makeDispatcher.ts";
import { MembershipChanges } from "./membershipChanges.ts";
import { MemoryGuard } from "./memoryGuard.ts";
import { defaultNameLimits, NamesGuard } from "./namesGuard.ts";
import { NoticeLog } from "./noticeLog.ts";
import { Peers, sinceOf } from "./peers.ts";
import type { Calendar, PeerListener, PeerTransport, SnapshotReader } from "./ports.ts";
import { firedLateBy } from "./scheduler.ts";
import type {
  NodeService,
  NodeView,
  OperatorCommand,
  OutcomeOf,
  QueueWorkers,
  WorkerHandle,
  WorkerSubscription,
} from "./service.ts";
import { Standing } from "./standing.ts";
import { StateKeeper } from "./stateKeeper.ts";
import { Ticking } from "./ticking.ts";

/** One member of the cluster: the core, the machine and what keeps them going, behind `NodeService`. */
export class ClusterNode implements NodeService {
  readonly clusterId;
  readonly nodeId: NodeId;
  readonly version: string;
  readonly state: MachineView;
  readonly calendar: Calendar;
  readonly leading: Leading;
  readonly #options: ClusterNodeOptions;
  readonly #driver: Driver;
  readonly #transport: PeerTransport;
  readonly #peers: Peers;
  readonly #founding: Founding;
  readonly #standing: Standing;
  readonly #admission: Admission;
  readonly #changes: MembershipChanges;
  readonly #keeper: StateKeeper;
  readonly #dispatcher: Dispatcher;
  readonly #desk: CommandDesk;
  readonly #housekeeper: Housekeeper;
  readonly #handover: Handover;
  readonly #notices: NoticeLog;
  readonly #startedAt: number;
  readonly #ticking: Ticking;
  #stopping = false;
  /** Its log is not what the others count on: it listens to nobody any more. */
  #failed = false;

  constructor(options: ClusterNodeOptions) {
    const { identity, raft, runtime, telemetry, logger } = options;
    this.#options = options;
    this.clusterId = identity.clusterId;
    this.nodeId = identity.nodeId;
    this.version = options.version;
    this.state = options.machine;
    this.calendar = options.calendar;
    this.#startedAt = runtime.monotonicMs();
    this.#notices = new NoticeLog(logger, telemetry, runtime);
    const { committedConfiguration, configuration } = raft.status(runtime.monotonicMs());
    this.#peers = new Peers(options, committedConfiguration, configuration);
    this.#founding = new Founding({ identity, logger, onFounded: () => this.#orFatal(this.#founded()) });
    this.#standing = new Standing({ identity, logger, onTakenIn: () => this.#orFatal(this.#takenIn()) });
    this.#changes = new MembershipChanges({
      post: (event) => this.#driver.post(event),
      notLeader: () => this.#notLeader(),
      runtime,
    });
    this.#admission = new Admission({
      identity,
      peers: this.#peers,
      logger,
      rules: () => options.machine.rules,
      status: () => this.#status(),
      metIncarnation: options.metIncarnation,
      change: (change) => this.changeMembership(change, false),
    });
    this.#transport = options.transport(this.#listener());
    this.#transport.setMembers(this.#peers.addresses, configuration);
    this.#keeper = new StateKeeper({
      ...options,
      openSnapshot: (from, signal) => this.#transport.openSnapshot(from, signal),
      post: (event) => this.#driver.post(event),
      appliedConfiguration: () => this.#driver.appliedConfiguration,
      status: () => this.#status(),
    });
    this.#driver = this.#makeDriver();
    this.#handover = new Handover({
      logger,
      electionTimeoutMs: options.electionTimeoutMs,
      begin: (to) => this.#driver.post({ type: "transferLeadership", to }),
    });
    this.#dispatcher = makeDispatcher(options, this.#driver);
    this.#desk = new CommandDesk({
      dispatcher: this.#dispatcher,
      machine: options.machine,
      memory: new MemoryGuard(runtime),
      names: new NamesGuard(options.names ?? defaultNameLimits, options.machine),
      submit: this.#driver.proposer.submit,
      wake: () => this.#driver.wake(),
      leads: () => this.#driver.leads,
      stopping: () => this.#isOver,
      notLeader: () => this.#notLeader(),
    });
    this.#housekeeper = new Housekeeper({
      nodeId: identity.nodeId,
      state: options.machine,
      rules: () => this.#peers.rules,
      calendar: options.calendar,
      submit: this.#driver.proposer.submit,
      dispatcher: this.#dispatcher,
      onFailed: (what, error) => logger.warn({ what, error }, "a leader's duty was put off"),
    });
    this.leading = new Leading(() => {
      if (this.#stopping || !raft.hasLease(runtime.monotonicMs())) return null;
      return this.#housekeeper.openedTerm;
    });
    this.#ticking = new Ticking({
      runtime,
      founding: this.#founding,
      driver: this.#driver,
      changes: this.#changes,
      keeper: this.#keeper,
      notices: this.#notices,
      clockWatch: new ClockWatch(logger),
      leading: this.leading,
      handover: this.#handover,
      housekeeper: this.#housekeeper,
    });
    this.#standing.configured(raft.configurationAt(options.machine.appliedIndex));
  }

  get ends(): JobEnds {
    return this.#driver.ends;
  }

  get events(): EventLog {
    return this.#driver.events;
  }

  status(): NodeView {
    const { runtime, formats, electionTimeoutMs, httpAddress } = this.#options;
    const now = runtime.monotonicMs();
    const status = this.#status();
    return {
      raft: status,
      leaseMs: electionTimeoutMs,
      leaseLeftMs: status.leaseUntil === null ? 0 : Math.max(0, status.leaseUntil - now),
      leaderAddress: this.#peers.clientAddress(status.leader),
      logTime: this.#driver.clock.now(),
      clockOffsetMs: this.#driver.clock.offsetMs(),
      uptimeMs: now - this.#startedAt,
      httpAddress: httpAddress(),
      members: this.#peers.views((id) => this.#keeper.progressOf(id)),
      standing: this.#founding.isOver ? this.#standing.now(status.leader) : "founding",
      format: this.#peers.format,
      maxFormat: formats.max,
    };
  }

  async readBarrier(): Promise<void> {
    if (this.#isOver) throw shuttingDown();
    await this.#driver.reads.request();
  }

  enqueue(jobs: readonly JobSpec[], atomic = false): Promise<readonly EnqueueResult[]> {
    return this.#desk.enqueue(jobs, atomic);
  }

  act(acts: readonly Act[]): Promise<readonly ActResult[]> {
    return this.#desk.act(acts);
  }

  cancel(ids: readonly JobId[], reason: string): Promise<readonly CancelResult[]> {
    return this.#desk.cancel(ids, reason);
  }

  manage(command: Manage): Promise<readonly ManageResult[]> {
    return this.#desk.manage(command);
  }

  operate<Given extends OperatorCommand>(command: Given): Promise<OutcomeOf<Given>> {
    return this.#desk.operate(command);
  }

  workersFor(queue: string): QueueWorkers | null {
    return this.#driver.leads ? this.#dispatcher.workersFor(queue) : null;
  }

  openWorker(subscription: WorkerSubscription): WorkerHandle {
    this.#desk.assertLeads();
    return this.#dispatcher.open(subscription, Term(this.#driver.leadership.term));
  }

  async transferLeadership(to: NodeId | null): Promise<Successor> {
    this.#desk.assertLeads();
    return await this.#handover.request(to);
  }

  async changeMembership(change: MembershipChange, force: boolean): Promise<Configuration> {
    this.#desk.assertLeads();
    return await this.#changes.request(change, force);
  }

  async openSnapshot(): Promise<SnapshotReader> {
    if (this.#isOver) throw shuttingDown();
    return await this.#keeper.openFresh();
  }

  /** Before a planned stop: lets another node lead first, so that clients need not wait for an election. */
  async handOver(): Promise<void> {
    const { voters } = this.#peers.configuration.membership;
    if (this.#driver.leads && voters.some((id) => id !== this.nodeId)) await this.#handover.leaveInPeace();
  }

  /** Stops handing out and proposing, tells the workers, and leaves the stores with a fresh checkpoint. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#ticking.stop();
    this.leading.look();
    this.#dispatcher.closeAll(shuttingDown());
    this.#handover.abandon(shuttingDown());
    this.#driver.rejectAll(shuttingDown());
    await this.#keeper.stopFetching();
    await this.#driver.stop();
    await this.#transport.close();
    await this.#keeper.finish();
  }

  #listener(): PeerListener {
    return {
      onMessage: (from, message, wallClockMs) => this.#receive(from, message, wallClockMs),
      onReachable: (peer) => {
        this.#peers.reachable(peer, true);
        this.#founding.met(peer);
        this.#driver.post({ type: "peerReachable", peer });
      },
      onUnreachable: (peer, refused) => {
        this.#peers.reachable(peer, false);
        this.#driver.post({ type: "peerUnreachable", peer, refused });
      },
      onPeerInfo: (peer, info) => {
        this.#peers.heard(peer, info);
        if (info.memberBy > 0) this.#founding.exists(peer);
      },
      onLeft: (peer) => this.#peers.left(peer),
      onRemoved: (by, why) => this.#standing.turnedAway(by, why),
      openSnapshot: (by) => this.#keeper.openFor(by),
      describe: () => this.#admission.describe(),
      join: (request) => this.#admission.join(request),
    };
  }

  #makeDriver(): Driver {
    const { onFatal } = this.#options;
    return new Driver({
      ...this.#options,
      transport: this.#transport,
      fetcher: this.#keeper.fetcher,
      installer: this.#keeper.installer,
      changes: this.#changes,
      onMembership: (configuration, leaving) => this.#onMembership(configuration, leaving),
      onConfigurationApplied: (configuration) => this.#onConfigurationApplied(configuration),
      onLeadership: (now, before, why) => this.#onLeadership(now, before, why),
      onBatch: (batch, applied, mine) => this.#onBatch(batch, applied, mine),
      beforePropose: () => this.#dispatcher.plan(),
      onSucceeding: () => this.leading.look(),
      onTransferFailed: (why) => this.#handover.onFailed(why),
      afterTurn: () => this.#ticking.look(),
      notLeader: () => this.#notLeader(),
      onFatal: (error) => {
        this.#keeper.abandon();
        this.#handover.abandon(shuttingDown());
        onFatal(error);
      },
    });
  }

  #receive(from: NodeId, message: Message, wallClockMs: number): void {
    if (this.#failed || !this.#founding.isOver) return;
    const lost = this.#forgottenEntries(from, message);
    if (lost !== null) {
      this.#failed = true;
      return this.#options.onFatal(lost);
    }
    if (this.#peers.isMember(from)) this.#driver.clock.heard(from, wallClockMs);
    this.#driver.post({ type: "receive", from, message });
  }

  /** A directory that is not taken in yet has promised nothing: what the leader says is of its predecessor. */
  #forgottenEntries(from: NodeId, message: Message): ConclaveError | null {
    if (message.type !== "appendRequest" && message.type !== "installSnapshot") return null;
    const { position } = this.#options.raft;
    return this.#standing.now(position.leader) === "joining"
      ? null
      : forgottenEntries(from, message, position);
  }

  #status(): RaftStatus {
    return this.#driver.status();
  }

  get #isOver(): boolean {
    return this.#stopping || this.#driver.isOver;
  }

  #onMembership(configuration: Configuration, leaving: readonly NodeId[]): void {
    this.#peers.configure(configuration, leaving);
    this.#transport.setMembers(this.#peers.addresses, configuration);
    this.#driver.clock.keepOnly(this.#peers.memberIds);
  }

  #onConfigurationApplied(configuration: Configuration): void {
    this.#standing.configured(configuration);
    this.#orFatal(this.#options.onMembers(sinceOf(configuration), this.#peers.otherAddresses));
  }

  /** The checkpoint comes first: what is restored after a restart must name this node, or it would seem removed. */
  async #takenIn(): Promise<void> {
    await this.#keeper.checkpoint();
    await this.#options.onTakenIn();
  }

  async #founded(): Promise<void> {
    await this.#options.onFounded();
    this.#founding.end();
  }

  #orFatal(done: Promise<void>): void {
    done.catch((error: unknown) => {
      if (!this.#stopping) this.#options.onFatal(error);
    });
  }

  #onLeadership(now: Leadership, before: Leadership, why: string): void {
    const { logger } = this.#options;
    logger.info({ ...now, why }, now.role === before.role ? "leader or term changed" : `became ${now.role}`);
    this.#handover.onLeadership(now, before);
    if (now.leader !== null) this.#standing.led();
    if (now.role === "leader" && before.role !== "leader") this.#housekeeper.lead(now.term);
    if (now.role !== "leader" && before.role === "leader") {
      this.#housekeeper.stopLeading();
      this.#dispatcher.closeAll(this.#notLeader());
      this.#changes.leadershipLost();
      this.#driver.reads.rejectAll(this.#notLeader());
    }
    this.leading.look();
  }

  #onBatch(batch: CommandBatch, { outcomes, notices, claimNews }: Applied, mine: boolean): void {
    this.#housekeeper.applied(batch.commands);
    if (mine) for (const ms of firedLateBy(batch, outcomes)) this.#options.telemetry.scheduleFired(ms);
    // Every node applies the batch; only the one that proposed it tells, or each line would come three times.
    if (mine && notices.length > 0) this.#notices.report(notices);
    if (claimNews.length > 0) this.#dispatcher.tell(claimNews);
  }

  #notLeader(): ConclaveError {
    const { leader } = this.#driver.leadership;
    const other = leader === this.nodeId ? null : leader;
    return notLeaderError(other, this.#peers.clientAddress(other));
  }
}
