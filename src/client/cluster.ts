import { toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { Backup, type BackupOptions } from "./backup.ts";
import { Breakers } from "./breakers.ts";
import type { CallOptions } from "./budget.ts";
import { changeMembership, type MembershipChange, type MembershipChanged } from "./changeMembership.ts";
import { type ClaimedJob, type ClaimOptions, claimJobs } from "./claim.ts";
import type { Clock } from "./clock.ts";
import { clusterStatus, type MemberStatus, type StatusOptions } from "./clusterStatus.ts";
import { JobDefinition, type JobTypes } from "./define.ts";
import {
  type DefinedJobOptions,
  type DefinedManyOptions,
  definedHandle,
  enqueueDefined,
  enqueueManyDefined,
} from "./definedEnqueue.ts";
import { bytesOnly, type DefinedHandler, type DefinedWorkOptions, definedHandler } from "./definedWork.ts";
import { Directory } from "./directory.ts";
import { Enqueuer } from "./enqueuer.ts";
import { enqueueFlow, type Flow, type FlowJob } from "./flow.ts";
import type { Enqueued, JobHandle } from "./handle.ts";
import { Jobs } from "./jobs.ts";
import { Leader } from "./leader.ts";
import { statusTimeoutMs } from "./leaderSearch.ts";
import { type Members, readMembers } from "./members.ts";
import { consistencyToWire, toWire } from "./names.ts";
import { Nearest } from "./nearest.ts";
import { Nodes } from "./nodes.ts";
import { Queue, type QueueCodecs } from "./queue.ts";
import { Queues } from "./queues.ts";
import { Reader, type ReadOptions } from "./reader.ts";
import { Schedules } from "./schedules.ts";
import { type TransferOptions, type Transferred, transferLeadership } from "./transferLeadership.ts";
import { Waiter } from "./waiter.ts";
import { asConclaveError } from "./wireErrors.ts";
import { stopTimes, Worker } from "./worker.ts";
import type { Handler, StopOptions, WorkOptions } from "./workerTypes.ts";

/** What tests put in the place of the network and of time. */
export interface ClusterParts {
  readonly nodes?: Nodes;
  readonly clock?: Clock;
}

/** A connection to a cluster: follows the leader wherever it goes. Made by `connect`; close it when done. */
export class Cluster implements AsyncDisposable {
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly queues: Queues;
  readonly breakers: Breakers;
  readonly #directory: Directory;
  readonly #nodes: Nodes;
  readonly #leader: Leader;
  readonly #reader: Reader;
  readonly #enqueuer: Enqueuer;
  readonly #waiter: Waiter;
  readonly #nearest: Nearest;
  readonly #logger: Logger | undefined;
  readonly #workers = new Set<{ stop(options?: StopOptions): Promise<void> }>();
  #closing: Promise<void> | undefined;

  /** Use `connect`, which also makes sure that somebody answers. Throws INVALID_ARGUMENT for bad endpoints. */
  constructor(endpoints: string | readonly string[], logger: Logger | undefined, parts: ClusterParts = {}) {
    this.#logger = logger;
    this.#nodes = parts.nodes ?? new Nodes();
    const directory = new Directory(endpoints);
    this.#directory = directory;
    this.#nodes.clusterId = () => directory.clusterId;
    this.#leader = new Leader(this.#directory, this.#nodes, logger, parts.clock);
    this.#enqueuer = new Enqueuer(this.#leader, logger);
    this.#nearest = new Nearest(this.#directory, this.#nodes);
    const nearest = this.#nearest;
    this.#reader = new Reader(this.#leader, nearest);
    this.#waiter = new Waiter(this.#leader, nearest);
    this.#leader.onGone = (error) => {
      this.#enqueuer.close(error);
      this.#waiter.close(error);
    };
    this.jobs = new Jobs(this.#leader, this.#reader, this.#enqueuer, this.#waiter, nearest);
    this.schedules = new Schedules(this.#leader, this.#reader);
    this.queues = new Queues(this.#leader, this.#reader);
    this.breakers = new Breakers(this.#leader, this.#reader);
  }

  /**
   * Enqueues a job together with those it waits for, all or none; at most 1000 in all. Rejects with what one of them was
   * refused for.
   */
  flow(root: FlowJob, options: CallOptions = {}): Promise<Flow> {
    return enqueueFlow(this.jobs, root, options);
  }

  /** A queue with the types of its data and results; no call is made. */
  queue<Input = unknown, Output = unknown>(
    name: string,
    codecs: QueueCodecs<Input, Output> = {},
  ): Queue<Input, Output> {
    return new Queue(name, this.jobs, codecs, (queue, options, handler) =>
      this.work(queue, options, handler),
    );
  }

  /**
   * As `jobs.enqueue`, for a job of a definition (`defineJob`). Rejects with INVALID_ARGUMENT when the input does not fit
   * its schema; nothing is sent then.
   */
  enqueue<Types extends JobTypes>(
    definition: JobDefinition<Types>,
    input: Types["input"],
    options: DefinedJobOptions = {},
  ): Promise<Enqueued<Types["output"]>> {
    return enqueueDefined(this.jobs, this.#connection, definition, input, options);
  }

  /** The same for many, with the same options for all; nothing is sent unless all inputs fit. */
  enqueueMany<Types extends JobTypes>(
    definition: JobDefinition<Types>,
    inputs: readonly Types["input"][],
    options: DefinedManyOptions = {},
  ): Promise<readonly Enqueued<Types["output"]>[]> {
    return enqueueManyDefined(this.jobs, this.#connection, definition, inputs, options);
  }

  /** A job of a definition that was enqueued elsewhere, to wait for. No call is made. */
  handle<Types extends JobTypes>(definition: JobDefinition<Types>, id: string): JobHandle<Types["output"]> {
    return definedHandle(this.#connection, definition, id);
  }

  /**
   * Runs `handler` on the jobs of one or more queues, or of a definition, until it is stopped. Throws INVALID_ARGUMENT at
   * once.
   */
  work<Types extends JobTypes>(
    definition: JobDefinition<Types>,
    options: DefinedWorkOptions,
    handler: DefinedHandler<Types>,
  ): Worker<Types["data"], Types["returned"]>;
  work<Input = unknown, Output = unknown>(
    queues: string | readonly string[],
    options: WorkOptions<Input, Output>,
    handler: Handler<Input, Output>,
  ): Worker<Input, Output>;
  work<Input, Output, Types extends JobTypes>(
    what: JobDefinition<Types> | string | readonly string[],
    options: WorkOptions<Input, Output> & DefinedWorkOptions,
    handler: Handler<Input, Output> & DefinedHandler<Types>,
  ): unknown {
    if (!(what instanceof JobDefinition)) return this.#work(what, options, handler);
    return this.#work(what.queue, { ...options, ...bytesOnly }, definedHandler(what, handler));
  }

  #work<Input, Output>(
    queues: string | readonly string[],
    options: WorkOptions<Input, Output>,
    handler: Handler<Input, Output>,
  ): Worker<Input, Output> {
    this.#checkOpen();
    const worker = new Worker(this.#leader, this.#logger, queues, options, handler);
    this.#workers.add(worker);
    const forget = () => {
      this.#workers.delete(worker);
    };
    void worker.closed.then(forget, forget);
    return worker;
  }

  /**
   * Claims jobs by hand, for programs that do not want a worker. Never sent twice: rejects with OUTCOME_UNKNOWN
   * when it broke under way. An empty list when none came within `wait`.
   */
  async claim<Input = unknown, Output = unknown>(
    queues: string | readonly string[],
    options: ClaimOptions<Input, Output> = {},
  ): Promise<readonly ClaimedJob<Input, Output>[]> {
    this.#checkOpen();
    return await claimJobs(this.#leader, queues, options);
  }

  /**
   * Asks every known member; those that do not answer within the timeout (default 2 s) are listed with the error. Stale
   * by default: each says what it knows. Linearizable: each asks the leader first, and what it says of itself is as new
   * as the call; one that finds no leader is listed with NO_LEADER.
   */
  async status(options: StatusOptions = {}): Promise<readonly MemberStatus[]> {
    this.#checkOpen();
    const { timeout, signal, consistency = "stale" } = options;
    const timeoutMs = timeout === undefined ? statusTimeoutMs : toMs(timeout, "timeout");
    const linearizable = toWire(consistencyToWire, consistency, "consistency") === "CONSISTENCY_LINEARIZABLE";
    return await clusterStatus(this.#directory, this.#nodes, { timeoutMs, signal }, linearizable);
  }

  /**
   * Who belongs to the cluster, and how far each member is. By default the leader is asked, which alone knows that;
   * `consistency: "stale"` takes any node's word.
   */
  async members(options: ReadOptions = {}): Promise<Members> {
    this.#checkOpen();
    return await readMembers(this.#leader, this.#reader, options);
  }

  /**
   * Adds, promotes, removes or replaces members, in one step (Raft 6). Resolves once the change has committed; learners
   * that are to vote by themselves do so later: see `members`. What is as it was asked for already is left so. Rejects
   * with MEMBERSHIP_REFUSED, and then nothing was changed, or with DEADLINE_EXCEEDED.
   */
  async changeMembership(change: MembershipChange): Promise<MembershipChanged> {
    this.#checkOpen();
    return await changeMembership(this.#leader, change);
  }

  /**
   * Everything that the cluster holds, to be iterated as the bytes of a file that `conclave restore` takes, or written
   * by `backup().writeTo(stream)`. Nothing is asked before that.
   */
  backup(options: BackupOptions = {}): Backup {
    this.#checkOpen();
    return new Backup(this.#reader, options);
  }

  /**
   * Hands leadership to another node, before a planned restart for example. Rejects with TRANSFER_FAILED when the
   * leader stays, which takes an election timeout at the most.
   */
  async transferLeadership(options: TransferOptions = {}): Promise<Transferred> {
    this.#checkOpen();
    return await transferLeadership(this.#leader, options);
  }

  /**
   * Stops its workers (each with its own `drain`, unless one is given), ends all calls, closes the connections. Called again with
   * options, it stops the workers as `worker.stop` would. Rejects with INVALID_ARGUMENT for what is no duration, and stays open.
   */
  close(options: StopOptions = {}): Promise<void> {
    try {
      stopTimes(options);
    } catch (error) {
      return Promise.reject(asConclaveError(error));
    }
    if (this.#closing === undefined) this.#closing = this.#close(options);
    else if (options.drain !== undefined || options.kill !== undefined)
      for (const worker of this.#workers) void worker.stop(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Resolves once a node has answered; for `connect`. */
  reach(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return this.#leader.reach(timeoutMs, signal);
  }

  get #connection() {
    return { leader: this.#leader, waiter: this.#waiter, nearest: this.#nearest };
  }

  async #close(options: StopOptions): Promise<void> {
    const stops = await Promise.allSettled(
      [...this.#workers].map(async (worker) => await worker.stop(options)),
    );
    this.#leader.close();
    this.#enqueuer.close();
    this.#waiter.close();
    this.#nodes.close();
    for (const stop of stops) if (stop.status === "rejected") throw asConclaveError(stop.reason);
  }

  #checkOpen(): void {
    if (this.#closing === undefined) return this.#leader.checkOpen();
    throw new ConclaveError("SHUTTING_DOWN", "this cluster handle is closed; connect anew");
  }
}
