import { type JobId, type NodeId, Term } from "../base/brands.ts";
import type { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Machine } from "../machine/index.ts";
import type {
  Act,
  ActResult,
  CancelResult,
  Command,
  CommandBatch,
  EnqueueResult,
  JobSpec,
  Notice,
  Outcome,
} from "../machine/types.ts";
import type { MachineView } from "../machine/view.ts";
import type { Raft } from "../raft/index.ts";
import type { Message } from "../raft/messages.ts";
import { inParts } from "./batches.ts";
import { Checkpointer } from "./checkpointer.ts";
import { ClockWatch } from "./clockWatch.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Driver, type Leadership } from "./driver.ts";
import { notLeaderError, shuttingDown } from "./errors.ts";
import { forgottenEntries } from "./forgottenEntries.ts";
import { Handover, type Successor } from "./handover.ts";
import { Housekeeper } from "./housekeeper.ts";
import { MemoryGuard } from "./memoryGuard.ts";
import { NoticeLog } from "./noticeLog.ts";
import { Peers } from "./peers.ts";
import type {
  BatchCodec,
  Identity,
  LogStore,
  PeerListener,
  PeerTransport,
  RecordStore,
  Telemetry,
} from "./ports.ts";
import { maxItemsPerEntry } from "./proposer.ts";
import type { Runtime } from "./runtime.ts";
import type { NodeService, NodeView, WorkerHandle, WorkerSubscription } from "./service.ts";

/** How late a timeout may be noticed: a fiftieth of the default election timeout. */
const tickMs = 20;

export interface ClusterNodeOptions {
  readonly identity: Identity;
  readonly version: string;
  readonly raft: Raft;
  readonly machine: Machine;
  readonly log: LogStore;
  readonly records: RecordStore;
  readonly codec: BatchCodec;
  readonly runtime: Runtime;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  /** The lease's length. */
  readonly electionTimeoutMs: number;
  readonly checkpointIntervalMs: number;
  readonly checkpointRecords: number;
  /** `host:port` at which this node serves clients, and its HTTP address or "". */
  readonly clientAddress: () => string;
  readonly httpAddress: () => string;
  readonly transport: (listener: PeerListener) => PeerTransport;
  /** Disk, corruption or a broken invariant: the process must end. */
  readonly onFatal: (error: unknown) => void;
}

/** One member of the cluster: the core, the machine and what keeps them going, behind `NodeService`. */
export class ClusterNode implements NodeService {
  readonly clusterId;
  readonly nodeId: NodeId;
  readonly version: string;
  readonly state: MachineView;
  readonly #options: ClusterNodeOptions;
  readonly #driver: Driver;
  readonly #peers: Peers;
  readonly #transport: PeerTransport;
  readonly #dispatcher: Dispatcher;
  readonly #housekeeper: Housekeeper;
  readonly #checkpointer: Checkpointer;
  readonly #handover: Handover;
  readonly #memory: MemoryGuard;
  readonly #notices: NoticeLog;
  readonly #clockWatch: ClockWatch;
  readonly #startedAt: number;
  readonly #stopTicking: () => void;
  #stopping = false;
  /** Its log is not what the others count on: it listens to nobody any more. */
  #failed = false;

  constructor(options: ClusterNodeOptions) {
    const { identity, raft, machine, log, records, runtime, telemetry, logger, onFatal } = options;
    this.#options = options;
    this.clusterId = identity.clusterId;
    this.nodeId = identity.nodeId;
    this.version = options.version;
    this.state = machine;
    this.#startedAt = runtime.monotonicMs();
    this.#notices = new NoticeLog(logger, telemetry, runtime);
    this.#clockWatch = new ClockWatch(logger);
    this.#memory = new MemoryGuard(runtime);
    this.#peers = new Peers(identity, options.clientAddress);
    this.#transport = options.transport({
      onMessage: (from, message, wallClockMs) => this.#receive(from, message, wallClockMs),
      onReachable: (peer) => {
        this.#peers.reachable(peer, true);
        this.#driver.post({ type: "peerReachable", peer });
      },
      onUnreachable: (peer, refused) => {
        this.#peers.reachable(peer, false);
        this.#driver.post({ type: "peerUnreachable", peer, refused });
      },
      onPeerInfo: (peer, info) => this.#peers.heard(peer, info),
    });
    this.#driver = new Driver({
      raft,
      machine,
      log,
      transport: this.#transport,
      codec: options.codec,
      runtime,
      telemetry,
      logger,
      onLeadership: (now, before, why) => this.#onLeadership(now, before, why),
      onBatch: (batch, notices, mine) => this.#onBatch(batch, notices, mine),
      beforePropose: () => this.#dispatcher.plan(),
      onTransferFailed: (why) => this.#handover.onFailed(why),
      notLeader: () => this.#notLeader(),
      onFatal,
    });
    this.#handover = new Handover({
      logger,
      electionTimeoutMs: options.electionTimeoutMs,
      begin: (to) => this.#driver.post({ type: "transferLeadership", to }),
    });
    const submit = this.#driver.proposer.submit;
    this.#dispatcher = new Dispatcher({
      readyCount: (queue) => machine.readyCount(queue),
      submit,
      mayHandOut: () => this.#driver.leads && raft.hasLease(runtime.monotonicMs()),
      wake: () => this.#driver.wake(),
      onStarted: (queue, count) => telemetry.attemptsStarted(queue, count),
      onReleaseFailed: (error) =>
        logger.warn({ error }, "jobs of a closed worker were not released; their leases will expire"),
      onResumed: (workerId, released) =>
        logger.info({ workerId, released }, "a worker is back; claims that never reached it were given back"),
    });
    this.#housekeeper = new Housekeeper({
      nodeId: identity.nodeId,
      state: machine,
      submit,
      onFailed: (what, error) => logger.warn({ what, error }, "a leader's duty was put off"),
    });
    this.#checkpointer = new Checkpointer({
      machine,
      records,
      log,
      runtime,
      telemetry,
      logger,
      intervalMs: options.checkpointIntervalMs,
      maxDirtyRecords: options.checkpointRecords,
      matchedByAll: () => raft.status(runtime.monotonicMs()).matchedByAll,
      onCompacted: (index) => this.#driver.post({ type: "compacted", index }),
      onFailed: onFatal,
    });
    this.#stopTicking = runtime.every(tickMs, () => this.#tick());
  }

  status(): NodeView {
    const { runtime, raft, electionTimeoutMs, httpAddress } = this.#options;
    const now = runtime.monotonicMs();
    const status = raft.status(now);
    return {
      raft: status,
      leaseMs: electionTimeoutMs,
      leaseLeftMs: status.leaseUntil === null ? 0 : Math.max(0, status.leaseUntil - now),
      leaderAddress: this.#peers.clientAddress(status.leader),
      logTime: this.#driver.clock.now(),
      clockOffsetMs: this.#driver.clock.offsetMs(),
      uptimeMs: now - this.#startedAt,
      httpAddress: httpAddress(),
      members: this.#peers.views(),
    };
  }

  async readBarrier(): Promise<void> {
    this.#assertLeads();
    await this.#driver.reads.request();
  }

  async enqueue(jobs: readonly JobSpec[]): Promise<readonly EnqueueResult[]> {
    this.#assertLeads();
    this.#memory.check();
    return inParts(jobs, maxItemsPerEntry, async (part) => {
      const arriving = countReady(part);
      for (const [queue, count] of arriving) this.#dispatcher.arriving(queue, count);
      const outcome = await this.#submit({ type: "enqueue", jobs: part }, () => {
        for (const [queue, count] of arriving) this.#dispatcher.arrived(queue, count);
      });
      return outcome.type === "enqueue" ? outcome.results : [];
    });
  }

  async act(acts: readonly Act[]): Promise<readonly ActResult[]> {
    return inParts(acts, maxItemsPerEntry, async (part) => {
      const outcome = await this.#submit({ type: "act", acts: part });
      return outcome.type === "act" ? outcome.results : [];
    });
  }

  async cancel(ids: readonly JobId[], reason: string): Promise<readonly CancelResult[]> {
    return inParts(ids, maxItemsPerEntry, async (part) => {
      const outcome = await this.#submit({ type: "cancel", ids: part, reason });
      return outcome.type === "cancel" ? outcome.results : [];
    });
  }

  openWorker(subscription: WorkerSubscription): WorkerHandle {
    this.#assertLeads();
    return this.#dispatcher.open(subscription, Term(this.#driver.leadership.term));
  }

  async transferLeadership(to: NodeId | null): Promise<Successor> {
    this.#assertLeads();
    return await this.#handover.request(to);
  }

  /** Before a planned stop: lets another node lead first, so that clients need not wait for an election. */
  async handOver(): Promise<void> {
    const { membership } = this.#options.identity;
    if (!this.#driver.leads || membership.voters.length < 2) return;
    try {
      await this.#handover.leave();
      this.#options.logger.info({}, "leadership given up before the stop");
    } catch (error) {
      this.#options.logger.warn({ err: error }, "stopping as the leader: the others will elect one");
    }
  }

  /** Stops handing out and proposing, tells the workers, and leaves the stores with a fresh checkpoint. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#stopTicking();
    this.#dispatcher.closeAll(shuttingDown());
    this.#driver.reads.rejectAll(shuttingDown());
    this.#driver.proposer.leadershipLost(shuttingDown());
    await this.#driver.stop();
    await this.#transport.close();
    await this.#checkpointer.finish();
  }

  #receive(from: NodeId, message: Message, wallClockMs: number): void {
    if (this.#failed) return;
    const { raft, runtime, onFatal } = this.#options;
    const lost =
      message.type === "appendRequest"
        ? forgottenEntries(from, message, raft.status(runtime.monotonicMs()))
        : null;
    if (lost !== null) {
      this.#failed = true;
      return onFatal(lost);
    }
    this.#driver.clock.heard(from, wallClockMs);
    this.#driver.post({ type: "receive", from, message });
  }

  #tick(): void {
    this.#driver.tick();
    this.#checkpointer.check();
    this.#notices.flush();
    this.#clockWatch.check(this.#options.runtime.monotonicMs(), () => this.#driver.clock.offsetMs());
    if (!this.#driver.leads) return;
    this.#handover.checkDisk(this.#driver.writeStalledMs);
    this.#housekeeper.check(this.#driver.clock.now());
    // What fell due, or waited for the leader lease, goes into the log with the next turn.
    if (this.#driver.proposer.waiting) this.#driver.wake();
  }

  /** `settled` runs in the very step that applies or refuses the command. */
  #submit(command: Command, settled: () => void = () => undefined): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const refuse = (error: ConclaveError): void => {
        settled();
        reject(error);
      };
      if (this.#stopping) return refuse(shuttingDown());
      if (!this.#driver.leads) return refuse(this.#notLeader());
      this.#driver.proposer.submit(
        command,
        (outcome) => {
          settled();
          resolve(outcome);
        },
        refuse,
      );
      this.#driver.wake();
    });
  }

  #onLeadership(now: Leadership, before: Leadership, why: string): void {
    const { logger } = this.#options;
    logger.info({ ...now, why }, now.role === before.role ? "leader or term changed" : `became ${now.role}`);
    this.#handover.onLeadership(now, before);
    if (now.role === "leader" && before.role !== "leader") this.#housekeeper.lead(now.term);
    if (now.role !== "leader" && before.role === "leader") {
      this.#housekeeper.stopLeading();
      this.#dispatcher.closeAll(this.#notLeader());
      this.#driver.reads.rejectAll(this.#notLeader());
    }
  }

  #onBatch(_batch: CommandBatch, notices: readonly Notice[], mine: boolean): void {
    // Every node applies the batch; only the one that proposed it tells, or each line would come three times.
    if (mine && notices.length > 0) this.#notices.report(notices);
  }

  #assertLeads(): void {
    if (this.#stopping) throw shuttingDown();
    if (!this.#driver.leads) throw this.#notLeader();
  }

  #notLeader(): ConclaveError {
    const { leader } = this.#driver.leadership;
    const other = leader === this.nodeId ? null : leader;
    return notLeaderError(other, this.#peers.clientAddress(other));
  }
}

/** Jobs by queue that will be ready as soon as they are applied. */
function countReady(jobs: readonly JobSpec[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const job of jobs) {
    if (job.delayMs === 0 && job.runAt === 0) counts.set(job.queue, (counts.get(job.queue) ?? 0) + 1);
  }
  return counts;
}
