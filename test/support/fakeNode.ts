import {
  ClusterId,
  type JobId,
  LogIndex,
  LogTimeMs,
  MonotonicMs,
  NodeId,
  Term,
} from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { Calendar } from "../../src/calendar/index.ts";
import { Machine } from "../../src/machine/index.ts";
import type {
  Act,
  ActResult,
  CancelResult,
  ClaimedJob,
  Command,
  EnqueueResult,
  JobSpec,
  Manage,
  ManageResult,
  Outcome,
} from "../../src/machine/types.ts";
import { EventLog } from "../../src/node/eventLog.ts";
import { JobEnds } from "../../src/node/jobEnds.ts";
import type { SnapshotReader } from "../../src/node/ports.ts";
import type {
  MemberView,
  NodeService,
  NodeView,
  OperatorCommand,
  OutcomeOf,
  QueueWorkers,
  WorkerHandle,
  WorkerSubscription,
} from "../../src/node/service.ts";
import type { Configuration, MembershipChange } from "../../src/raft/types.ts";

type Leadership =
  | { readonly role: "leader" }
  | { readonly role: "follower"; readonly leader: { readonly id: NodeId; readonly address: string } | null };

interface Proposal {
  readonly command: Command;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

interface OpenWorker {
  readonly subscription: WorkerSubscription;
  credits: number;
  open: boolean;
  held: boolean;
}

/** A voter that can be reached, unless `more` says otherwise. */
export function member(id: string, more: Partial<MemberView> = {}): MemberView {
  return {
    id: NodeId(id),
    clientAddress: "",
    peerAddress: "",
    reachable: true,
    voter: true,
    outgoing: false,
    promotes: false,
    version: "0.0.0-test",
    snapshot: null,
    ...more,
  };
}

/**
 * One node without disk or network: the real machine behind the real contract. It leads from the start; proposals
 * and claims take effect a turn later, each claim in an entry of its own. Log time moves by `advance` only.
 */
export class FakeNode implements NodeService {
  readonly clusterId = ClusterId("c-test");
  readonly nodeId = NodeId("n1");
  readonly version = "0.0.0-test";
  readonly state = new Machine();
  readonly calendar = new Calendar();
  readonly ends = new JobEnds(this.state);
  events = new EventLog(LogIndex(0));
  /** Calls of `enqueue` and `act` that have been proposed and not answered. */
  inFlight = 0;
  /** The most that `inFlight` ever was. */
  mostInFlight = 0;
  /** Overrides of `status()`. */
  view: Partial<NodeView> = {};
  raft: Partial<NodeView["raft"]> = {};
  configuration: Configuration = {
    index: LogIndex(0),
    membership: { voters: [NodeId("n1"), NodeId("n2"), NodeId("n3")], outgoing: [], learners: [] },
  };
  /** What it was asked to change; nothing of it takes effect. */
  readonly changes: { readonly change: MembershipChange; readonly force: boolean }[] = [];
  /** Linearizable reads; a follower asks the leader, if it knows one. */
  barriers = 0;
  /** What a backup reads. */
  snapshot: () => SnapshotReader = () => {
    throw new ConclaveError("INTERNAL", "the test has no snapshot");
  };
  /** Rejects every call that needs the leader with this, until null. */
  failure: Error | null = null;

  #leadership: Leadership = { role: "leader" };
  #term = 1;
  #now = 1_800_000_000_000;
  #proposals: Proposal[] = [];
  readonly #workers = new Set<OpenWorker>();
  #held = false;
  #turnDue = false;

  get workers(): number {
    return this.#workers.size;
  }

  /** Room of all open workers. */
  get credits(): number {
    return [...this.#workers].reduce((sum, worker) => sum + worker.credits, 0);
  }

  /** Nothing commits until `release`. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#wake();
  }

  lead(): void {
    this.#leadership = { role: "leader" };
    this.#term++;
  }

  /** Loses leadership: what was proposed is of unknown outcome, workers are closed. `null`: nobody leads. */
  follow(leader: { readonly id: string; readonly address: string } | null): void {
    this.#leadership = {
      role: "follower",
      leader: leader && { id: NodeId(leader.id), address: leader.address },
    };
    for (const { reject } of this.#proposals.splice(0)) {
      reject(new ConclaveError("OUTCOME_UNKNOWN", "leadership was lost before the write committed"));
    }
    for (const worker of this.#workers) worker.subscription.onClosed(this.#notLeading());
    this.#workers.clear();
  }

  /** Log time passes: due retries become ready, leases that ran out end their claims. */
  advance(ms: number): void {
    this.#now += ms;
    const now = LogTimeMs(this.#now);
    this.#apply({ type: "expireClaims", claims: this.state.expiredClaims(now, 1000) });
    this.#apply({ type: "fireTimers" });
    this.#wake();
  }

  status(): NodeView {
    const leading = this.#leadership.role === "leader";
    const leader = this.#leadership.role === "leader" ? null : this.#leadership.leader;
    const index = this.state.appliedIndex;
    return {
      raft: {
        id: this.nodeId,
        role: this.#leadership.role,
        term: Term(this.#term),
        votedFor: null,
        leader: leading ? this.nodeId : (leader?.id ?? null),
        commitIndex: index,
        appliedIndex: index,
        lastIndex: index,
        durableIndex: index,
        uncommittedBytes: 0,
        compactedIndex: LogIndex(0),
        matchedByAll: index,
        configuration: this.configuration,
        committedConfiguration: this.configuration,
        snapshotIndex: LogIndex(0),
        neededAbove: null,
        leaseUntil: leading ? MonotonicMs(1000) : null,
        electionBackoffMs: 0,
        elections: { started: 3, won: 2, lost: 1 },
        peers: leading
          ? [
              {
                id: NodeId("n2"),
                matchIndex: index,
                nextIndex: LogIndex(index + 1),
                progress: "replicate",
                lastAckAt: null,
                snapshots: 0,
              },
            ]
          : [],
        ...this.raft,
      },
      leaseLeftMs: leading ? 800.4 : 0,
      leaseMs: 1000,
      leaderAddress: leading ? "127.0.0.1:7400" : (leader?.address ?? ""),
      logTime: LogTimeMs(this.#now),
      clockOffsetMs: -12.3,
      uptimeMs: 1234.5,
      httpAddress: "127.0.0.1:7600",
      members: [
        member("n1", { clientAddress: "127.0.0.1:7400" }),
        member("n2", { clientAddress: "127.0.0.1:7401", peerAddress: "10.0.0.2:7500" }),
        member("n3", { reachable: false }),
      ],
      standing: "member",
      format: 2,
      maxFormat: 2,
      ...this.view,
    };
  }

  async readBarrier(): Promise<void> {
    this.barriers++;
    if (this.failure !== null) throw this.failure;
    if (this.#leadership.role === "follower" && this.#leadership.leader === null) throw this.#notLeading();
  }

  async enqueue(jobs: readonly JobSpec[], atomic = false): Promise<readonly EnqueueResult[]> {
    const outcome = await this.#propose({ type: "enqueue", jobs, ...(atomic && { atomic }) });
    return outcome.type === "enqueue" ? outcome.results : [];
  }

  async act(acts: readonly Act[]): Promise<readonly ActResult[]> {
    const outcome = await this.#propose({ type: "act", acts });
    return outcome.type === "act" ? outcome.results : [];
  }

  async cancel(ids: readonly JobId[], reason: string): Promise<readonly CancelResult[]> {
    const outcome = await this.#propose({ type: "cancel", ids, reason });
    return outcome.type === "cancel" ? outcome.results : [];
  }

  async manage(command: Manage): Promise<readonly ManageResult[]> {
    const outcome = await this.#propose(command);
    return outcome.type === "manage" ? outcome.results : [];
  }

  async operate<Given extends OperatorCommand>(command: Given): Promise<OutcomeOf<Given>> {
    return (await this.#propose(command)) as OutcomeOf<Given>;
  }

  async transferLeadership(to: NodeId | null): Promise<{ readonly leaderId: NodeId; readonly term: Term }> {
    this.#mustLead();
    if (to === "n9")
      throw new ConclaveError(
        "TRANSFER_FAILED",
        "leadership stays where it is: n9 is no voter of this cluster",
      );
    this.follow({ id: to ?? "n2", address: "127.0.0.1:7401" });
    return { leaderId: to ?? NodeId("n2"), term: Term(++this.#term) };
  }

  async changeMembership(change: MembershipChange, force: boolean): Promise<Configuration> {
    this.#mustLead();
    this.changes.push({ change, force });
    return { ...this.configuration, index: LogIndex(this.configuration.index + 1) };
  }

  async openSnapshot(): Promise<SnapshotReader> {
    if (this.failure !== null) throw this.failure;
    return this.snapshot();
  }

  workersFor(queue: string): QueueWorkers {
    const serving = [...this.#workers].filter((each) => each.subscription.queues.includes(queue));
    const room = serving.map(({ held, credits }) => (held ? 0 : credits));
    return { workers: serving.length, credits: room.reduce((sum, each) => sum + each, 0) };
  }

  openWorker(subscription: WorkerSubscription): WorkerHandle {
    this.#mustLead();
    const worker: OpenWorker = { subscription, credits: subscription.credits, open: true, held: false };
    this.#workers.add(worker);
    const { workerId, stream, held } = subscription;
    if (stream !== undefined && held !== undefined) {
      this.#apply({ type: "resumeWorker", workerId, stream, held });
    }
    this.#wake();
    return {
      term: Term(this.#term),
      addCredits: (count) => {
        worker.credits += count;
        this.#wake();
      },
      hold: (on) => {
        worker.held = on;
        this.#wake();
      },
      close: () => {
        worker.open = false;
        this.#workers.delete(worker);
      },
    };
  }

  async #propose(command: Command): Promise<Outcome> {
    this.#mustLead();
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      return await new Promise<Outcome>((resolve, reject) => {
        this.#proposals.push({ command, resolve, reject });
        this.#wake();
      });
    } finally {
      this.inFlight--;
    }
  }

  #mustLead(): void {
    if (this.failure !== null) throw this.failure;
    if (this.#leadership.role !== "leader") throw this.#notLeading();
  }

  #notLeading(): ConclaveError {
    const leader = this.#leadership.role === "leader" ? null : this.#leadership.leader;
    if (leader === null) return new ConclaveError("NO_LEADER", "no leader is known; try again in a moment");
    return new ConclaveError("NOT_LEADER", `node ${leader.id} at ${leader.address} leads`, {
      leaderId: leader.id,
      leaderAddress: leader.address,
    });
  }

  #wake(): void {
    if (this.#turnDue) return;
    this.#turnDue = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#turnDue = false;
    if (this.#held) return;
    for (const { command, resolve } of this.#proposals.splice(0)) resolve(this.#apply(command));
    for (const worker of this.#workers) this.#claimFor(worker);
  }

  /** The claim commits now and is delivered a turn later: whoever closes in between has it released. */
  #claimFor(worker: OpenWorker): void {
    const { workerId, queues, stream } = worker.subscription;
    if (worker.held || worker.credits === 0 || !queues.some((queue) => this.state.readyCount(queue) > 0))
      return;
    const slots = worker.credits;
    const outcome = this.#apply({
      type: "claim",
      workerId,
      queues,
      slots,
      ...(stream === undefined ? {} : { stream }),
    });
    const jobs = outcome.type === "claim" ? outcome.jobs : [];
    worker.credits -= jobs.length;
    setImmediate(() => {
      if (worker.open && this.#leadership.role === "leader") worker.subscription.onJobs(jobs);
      else this.#releaseClaims(jobs);
    });
  }

  #releaseClaims(jobs: readonly ClaimedJob[]): void {
    this.#apply({
      type: "act",
      acts: jobs.map((job) => ({ type: "release", id: job.id, token: job.token })),
    });
    this.#wake();
  }

  /** What a leader does by itself. */
  apply(command: Command): Outcome {
    return this.#apply(command);
  }

  #apply(command: Command): Outcome {
    const index = LogIndex(this.state.appliedIndex + 1);
    const { outcomes, ended, claimNews, events } = this.state.apply(index, {
      now: LogTimeMs(this.#now),
      commands: [command],
    });
    this.ends.tell(ended);
    this.events.add(index, LogTimeMs(this.#now), events);
    for (const news of claimNews) {
      const holders = [...this.#workers].filter(
        ({ subscription }) => subscription.workerId === news.workerId,
      );
      for (const { subscription } of holders) subscription.onClaimNews?.([news]);
    }
    const outcome = outcomes[0];
    if (outcome === undefined) throw new Error("the machine gave no outcome");
    return outcome;
  }
}
