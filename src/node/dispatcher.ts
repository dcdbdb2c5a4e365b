import type { Term } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { ClaimedJob, ClaimNews } from "../machine/types.ts";
import type { Submit } from "./proposer.ts";
import type { QueueWorkers, WorkerHandle, WorkerSubscription } from "./service.ts";

export interface DispatcherOptions {
  /** Jobs of a queue that can be handed out, in the applied state. */
  readonly readyCount: (queue: string) => number;
  /** How many more a queue may hand out at all: pauses and limits. */
  readonly claimRoom: (queue: string) => number;
  /** Puts a command into the next entry. */
  readonly submit: Submit;
  /** True while this node leads and its leader lease holds. */
  readonly mayHandOut: () => boolean;
  /** Something changed that may let a worker be served: run a turn. */
  readonly wake: () => void;
  readonly onStarted: (queue: string, count: number) => void;
  readonly onReleaseFailed: (error: unknown) => void;
  /** A worker is back, and so many claims that never reached it were given back. */
  readonly onResumed: (workerId: string, released: number) => void;
}

interface Worker {
  readonly subscription: WorkerSubscription;
  /** Room that the worker announced and that no job has taken yet. */
  credits: number;
  /** Part of the credits that claims under way may use up. */
  promised: number;
  open: boolean;
  held: boolean;
}

/**
 * Hands ready jobs to waiting workers, on the leader only. A claim names a worker and its free slots and is
 * decided when it is applied, so it can ride in the same durable write as the enqueue that it will serve; a
 * worker hears of a job only after the claim committed and while the leader lease holds.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Workers by queue, in the order in which they are served next. */
  readonly #byQueue = new Map<string, Set<Worker>>();
  readonly #workers = new Set<Worker>();
  readonly #bySession = new Map<string, Worker>();
  /** Workers that are back and whose claims of before have not been looked at. */
  #returning: Worker[] = [];
  /** Slots of claims under way, by queue: jobs that are ready but spoken for. */
  readonly #spokenFor = new Map<string, number>();
  /** Jobs in entries under way that will be ready when applied, by queue. */
  readonly #arriving = new Map<string, number>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  get workerCount(): number {
    return this.#workers.size;
  }

  /** Throws ABORTED when a later stream of the session is open. */
  open(subscription: WorkerSubscription, term: Term): WorkerHandle {
    const worker: Worker = {
      subscription,
      credits: subscription.credits,
      promised: 0,
      open: true,
      held: false,
    };
    this.#beginSession(worker);
    this.#workers.add(worker);
    for (const queue of subscription.queues) {
      const workers = this.#byQueue.get(queue) ?? new Set();
      this.#byQueue.set(queue, workers.add(worker));
    }
    this.#options.wake();
    return {
      term,
      addCredits: (count) => {
        worker.credits += count;
        this.#options.wake();
      },
      hold: (on) => {
        worker.held = on;
        if (!on) this.#options.wake();
      },
      close: () => this.#remove(worker),
    };
  }

  /** Workers that serve the queue, and how many more jobs they can be given in all. */
  workersFor(queue: string): QueueWorkers {
    let workers = 0;
    let credits = 0;
    for (const worker of this.#byQueue.get(queue) ?? []) {
      workers += 1;
      if (!worker.held) credits += worker.credits;
    }
    return { workers, credits };
  }

  /** An enqueue is on its way into the log: its jobs can be claimed in the same entry. */
  arriving(queue: string, count: number): void {
    add(this.#arriving, queue, count);
  }

  /** That enqueue was applied or refused. */
  arrived(queue: string, count: number): void {
    add(this.#arriving, queue, -count);
  }

  /** Submits claims for workers with room, as many as there is work for. Cheap when there is none. */
  plan(): void {
    if (this.#workers.size === 0 && this.#returning.length === 0) return;
    if (!this.#options.mayHandOut()) return;
    if (this.#returning.length > 0) this.#resume(this.#returning.splice(0));
    for (const [queue, workers] of this.#byQueue) {
      const spoken = this.#spokenFor.get(queue) ?? 0;
      const jobs = this.#options.readyCount(queue) + (this.#arriving.get(queue) ?? 0);
      const work = jobs === 0 ? 0 : Math.min(jobs, this.#options.claimRoom(queue)) - spoken;
      if (work > 0) this.#planQueue(queue, workers, work);
    }
  }

  /** Tells those of the holders whose streams are open here; others learn it when they renew, here or elsewhere. */
  tell(news: readonly ClaimNews[]): void {
    if (this.#workers.size === 0) return;
    const byWorker = new Map<Worker, ClaimNews[]>();
    for (const each of news) {
      const worker = this.#holderOf(each);
      if (worker === undefined) continue;
      const told = byWorker.get(worker);
      if (told === undefined) byWorker.set(worker, [each]);
      else told.push(each);
    }
    for (const [worker, told] of byWorker) worker.subscription.onClaimNews?.(told);
  }

  #holderOf({ workerId, stream }: ClaimNews): Worker | undefined {
    if (stream !== null) return this.#bySession.get(keyOf(stream.session, workerId));
    for (const worker of this.#workers) {
      const { subscription } = worker;
      if (subscription.workerId === workerId && subscription.stream === undefined) return worker;
    }
    return undefined;
  }

  /** Leadership is gone: every worker is told, none keeps its place. */
  closeAll(error: ConclaveError): void {
    const workers = [...this.#workers];
    for (const worker of workers) this.#remove(worker);
    this.#spokenFor.clear();
    this.#arriving.clear();
    this.#returning = [];
    for (const worker of workers) worker.subscription.onClosed(error);
  }

  /**
   * A session has one stream at a time, and the worker opens the next when it has left the one before. Here the old
   * one may seem to live on (half-open connections) and would swallow jobs, and a subscription that was held up on
   * its way may come after its successor.
   */
  #beginSession(worker: Worker): void {
    const { stream, held } = worker.subscription;
    if (stream === undefined) return;
    const key = sessionKey(worker);
    const other = this.#bySession.get(key);
    const otherNumber = other?.subscription.stream?.number ?? 0;
    if (otherNumber >= stream.number) {
      throw new ConclaveError(
        "ABORTED",
        `stream ${otherNumber} of this session is open; this one is number ${stream.number} and came too late`,
      );
    }
    this.#bySession.set(key, worker);
    if (held !== undefined) this.#returning.push(worker);
    if (other === undefined) return;
    this.#remove(other);
    const message = `the worker has opened stream ${stream.number} of its session and left this one`;
    other.subscription.onClosed(new ConclaveError("ABORTED", message));
  }

  #resume(returning: readonly Worker[]): void {
    for (const worker of returning) {
      const { workerId, stream, held } = worker.subscription;
      // Also for one that has left already: what it said of its earlier streams stays true.
      if (stream === undefined || held === undefined) continue;
      this.#options.submit(
        { type: "resumeWorker", workerId, stream, held },
        (outcome) => {
          const released = outcome.type === "resumeWorker" ? outcome.released : 0;
          if (released > 0) this.#options.onResumed(workerId, released);
        },
        // Refused for the moment: a later turn will do, since it cannot touch what this stream has got meanwhile.
        () => {
          if (worker.open) this.#returning.push(worker);
        },
      );
    }
  }

  /** Spreads the work evenly over the workers that have room, in turn. */
  #planQueue(queue: string, workers: Set<Worker>, work: number): void {
    const free: Worker[] = [];
    for (const worker of workers) {
      if (!worker.held && worker.credits > worker.promised) free.push(worker);
      if (free.length >= work) break;
    }
    let left = work;
    free.forEach((worker, i) => {
      const share = Math.ceil(left / (free.length - i));
      const slots = Math.min(share, worker.credits - worker.promised);
      if (slots <= 0) return;
      left -= slots;
      // To the end of the line: the next job of this queue goes to somebody else first.
      workers.delete(worker);
      workers.add(worker);
      this.#claim(worker, queue, slots);
    });
  }

  #claim(worker: Worker, queue: string, slots: number): void {
    worker.promised += slots;
    add(this.#spokenFor, queue, slots);
    const { workerId, queues, stream } = worker.subscription;
    // The queue with the work comes first, the worker's others follow: what is left over takes any of them.
    const order = [queue, ...queues.filter((each) => each !== queue)];
    const settled = (): void => {
      worker.promised -= slots;
      if (this.#spokenFor.has(queue)) add(this.#spokenFor, queue, -slots);
    };
    this.#options.submit(
      { type: "claim", workerId, queues: order, slots, ...(stream === undefined ? {} : { stream }) },
      (outcome) => {
        settled();
        if (outcome.type === "claim" && outcome.jobs.length > 0) this.#deliver(worker, outcome.jobs);
      },
      // Refused or unknown: nobody was told of any job. What was claimed all the same is given back when the worker
      // comes again (resumeWorker), or expires by its lease.
      settled,
    );
  }

  #deliver(worker: Worker, jobs: readonly ClaimedJob[]): void {
    if (worker.open && this.#options.mayHandOut()) {
      worker.credits -= jobs.length;
      for (const job of jobs) this.#options.onStarted(job.queue, 1);
      worker.subscription.onJobs(jobs);
      return;
    }
    // Never delivered, so given back at once, at no cost of an attempt, rather than after its lease.
    const acts = jobs.map(({ id, token }) => ({ type: "release", id, token }) as const);
    this.#options.submit({ type: "act", acts }, () => undefined, this.#options.onReleaseFailed);
  }

  #remove(worker: Worker): void {
    worker.open = false;
    this.#workers.delete(worker);
    const key = sessionKey(worker);
    if (this.#bySession.get(key) === worker) this.#bySession.delete(key);
    for (const queue of worker.subscription.queues) {
      const workers = this.#byQueue.get(queue);
      workers?.delete(worker);
      if (workers?.size === 0) this.#byQueue.delete(queue);
    }
  }
}

/** Of one worker id: others may have drawn the same number. */
function sessionKey({ subscription }: Worker): string {
  return keyOf(subscription.stream?.session ?? 0, subscription.workerId);
}

function keyOf(session: number, workerId: string): string {
  return `${session}/${workerId}`;
}

function add(counts: Map<string, number>, key: string, count: number): void {
  const sum = (counts.get(key) ?? 0) + count;
  if (sum > 0) counts.set(key, sum);
  else counts.delete(key);
}
