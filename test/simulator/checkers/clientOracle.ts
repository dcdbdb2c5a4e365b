import type { JobId, NodeId } from "../../../src/base/brands.ts";
import type { Act, ActResult, Dependency, EnqueueResult, Job, JobState } from "../../../src/machine/types.ts";
import type { World } from "../cluster/world.ts";
import { checkHistory } from "../linearizability/checker.ts";
import { jobModel, redrivableJobModel, thatMatter } from "../linearizability/jobModel.ts";
import type { Operation } from "../workload/history.ts";
import { isResultOf, isSame, payloadOfSchedule, type Saved } from "../workload/ownBytes.ts";
import { Fences } from "./fences.ts";
import { SavedWork } from "./savedWork.ts";

/** What the outside knows of one job. What timed out is unknown, never absent. */
interface Knowledge {
  enqueueAcked: boolean;
  /** Retention, or somebody, may remove it before the run ends. */
  readonly isShortLived: boolean;
  /** Somebody may redrive it. */
  readonly mayBeginAnew: boolean;
  /** All calls that make it are in the history. */
  readonly isRecorded: boolean;
  /** Null where it is looked at elsewhere. */
  readonly payload: Uint8Array | null;
  /** Which token's completion was acknowledged. */
  completedWith: number | null;
  /** To whom each token was handed. */
  readonly holders: Map<number, string>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** How a call that was begun can end; if neither is called, nobody knows. */
export interface PendingCall {
  returned(result: unknown): void;
  /** Nothing was done, says the answer. */
  refused(): void;
}

const workPerKey = 200_000;
/** Its calls are those of a program that uses the SDK. */
const ofProgram = /^s\d/;

/**
 * All that clients were told, held together: it must make one story. Jobs acknowledged are there in the end; a token is
 * in one pair of hands; what was completed is never handed out again; and the calls of each job are linearizable.
 */
export class ClientOracle {
  /** Those that were refused among them. */
  readonly history: Operation[] = [];
  readonly fences: Fences;
  readonly #world: World;
  readonly #jobs = new Map<JobId, Knowledge>();
  readonly #refused = new Set<Operation>();
  readonly #saved: SavedWork;
  /** By name: whether their jobs are removed soon. */
  readonly #schedules = new Map<string, boolean>();

  constructor(world: World) {
    this.#world = world;
    this.fences = new Fences(world);
    this.#saved = new SavedWork((violation) => world.fail(violation));
  }

  get acknowledged(): number {
    let count = 0;
    for (const { enqueueAcked } of this.#jobs.values()) if (enqueueAcked) count += 1;
    return count;
  }

  /** A call for this job is about to be made. */
  expect(
    id: JobId,
    isShortLived: boolean,
    more: { mayBeginAnew?: boolean; isRecorded?: boolean; payload?: Uint8Array | null } = {},
  ): void {
    if (this.#jobs.has(id)) return;
    const { mayBeginAnew = false, isRecorded = true, payload = null } = more;
    this.#jobs.set(id, {
      enqueueAcked: false,
      isShortLived,
      mayBeginAnew,
      isRecorded,
      payload,
      completedWith: null,
      holders: new Map(),
    });
  }

  /**
   * Of a cluster that this one was made of: to whom its tokens went. What became of its jobs the other checkers know.
   */
  goOnFrom(before: ClientOracle): void {
    for (const [id, { holders, payload }] of before.#jobs) {
      this.expect(id, true, { mayBeginAnew: true, isRecorded: false, payload });
      const job = this.#jobs.get(id);
      if (job === undefined) continue;
      for (const [token, holder] of holders) job.holders.set(token, holder);
    }
    for (const [schedule] of before.#schedules) this.#schedules.set(schedule, true);
    this.fences.goOnFrom(before.fences);
  }

  /** Those that must be there whatever becomes of the cluster, if its log is whole. */
  *lasting(): Generator<JobId> {
    for (const [id, { enqueueAcked, isShortLived }] of this.#jobs)
      if (enqueueAcked && !isShortLived) yield id;
  }

  /** The cluster will make jobs for this schedule by itself. */
  expectOf(schedule: string, isShortLived: boolean): void {
    this.#schedules.set(schedule, isShortLived);
  }

  #find(id: JobId): Knowledge | undefined {
    const schedule = id.slice(0, id.indexOf("/"));
    const isShortLived = this.#schedules.get(schedule);
    const payload = Buffer.from(JSON.stringify(payloadOfSchedule(schedule)));
    if (isShortLived !== undefined) this.expect(id, isShortLived, { isRecorded: false, payload });
    return this.#jobs.get(id);
  }

  isAcknowledged(id: JobId): boolean {
    return this.#jobs.get(id)?.enqueueAcked === true;
  }

  isShortLived(id: JobId): boolean {
    return this.#jobs.get(id)?.isShortLived === true;
  }

  /** A call begins. Until it is settled nobody knows how it ends: its caller may die first. */
  begin(call: Omit<Operation, "result" | "invokeTime" | "returnTime">): PendingCall {
    const { now } = this.#world.timeline;
    const operation: Mutable<Operation> = { ...call, result: null, invokeTime: now, returnTime: null };
    this.history.push(operation);
    return {
      returned: (result) => {
        operation.result = result;
        operation.returnTime = this.#world.timeline.now;
      },
      refused: () => {
        this.#refused.add(operation);
      },
    };
  }

  /**
   * What somebody heard who asked for `asked` at `since`: of that job, or of the one that holds its dedup key. `since` is
   * null where the calls of such jobs are not written down.
   */
  enqueued(asked: JobId, { id, state, refusal }: EnqueueResult, since: number | null): void {
    if (refusal !== undefined) return;
    const job = this.#find(id);
    if (job === undefined) return this.#world.fail(`an answer about job ${id}, which nobody enqueued`);
    job.enqueueAcked = true;
    // As good as a look at that one.
    if (id !== asked && since !== null) this.saw("a dedup key", id, state, since);
  }

  /** Somebody who asked at `since` was told of this job's state, by whatever call. */
  saw(client: string, key: JobId, state: string, since: number): void {
    const { now } = this.#world.timeline;
    const seen = { client, key, op: "get", argument: null, result: { state, token: null } } as const;
    this.history.push({ ...seen, invokeTime: since, returnTime: now });
  }

  /** A worker was told that what it saved is kept. */
  saved(id: JobId, saved: Saved): void {
    if (this.#jobs.get(id)?.isShortLived === false) this.#saved.kept(id, saved);
  }

  /** A worker got the job: Q4, Q6. */
  delivered(id: JobId, token: number, holder: string, checkpoint: Saved | null): void {
    const job = this.#find(id);
    if (job === undefined) return this.#world.fail(`job ${id} is handed out, which nobody enqueued`);
    this.fences.delivered(id, token, holder.split("/")[0] ?? "");
    const other = job.holders.get(token);
    if (other !== undefined && other !== holder) {
      this.#world.fail(`Q4: token ${token} of job ${id} is given to ${other} and to ${holder}`);
    }
    job.holders.set(token, holder);
    if (!job.isShortLived) this.#saved.handedOut(id, token, checkpoint);
    if (job.completedWith !== null && token > job.completedWith) {
      this.#world.fail(
        `Q6: job ${id} was completed with token ${job.completedWith} and is handed out again with ${token}`,
      );
    }
  }

  wasDelivered(id: JobId, token: number): boolean {
    return this.#jobs.get(id)?.holders.has(token) === true;
  }

  /** Somebody was given the job, to work on or to look at: with what it was enqueued with (R13). */
  hasPayload(id: JobId, payload: Uint8Array): void {
    const expected = this.#find(id)?.payload ?? null;
    if (expected !== null && !isSame(payload, expected))
      this.#world.fail(`R13: job ${id} is shown with a payload that it was not enqueued with`);
  }

  /** A worker got a job that waited for others: all of them have ended, and as their own callers know. */
  toldHowOthersEnded(
    id: JobId,
    dependencies: readonly (Pick<Dependency, "id" | "state"> & { readonly result?: Uint8Array | null })[],
  ): void {
    for (const { id: other, state, result = null } of dependencies) {
      const known = this.#jobs.get(other);
      const isCompleted = known?.mayBeginAnew === false && known.completedWith !== null;
      if (state === null) this.#world.fail(`job ${id} is handed out, and waits for job ${other}`);
      else if (isCompleted && state !== "completed")
        this.#world.fail(`job ${id} is told that job ${other} is ${state}, which was completed`);
      else if (result !== null && !isResultOf(other, result))
        this.#world.fail(`R13: job ${id} is given a result of job ${other} that nobody gave`);
      this.#world.coverage.count("dependency", `${state}`);
    }
  }

  acted(act: Act, result: ActResult): void {
    const job = this.#jobs.get(act.id);
    if (job === undefined) return;
    // A job that retention removed may be enqueued anew under its id.
    if (act.type !== "complete" || !result.ok || job.isShortLived) return;
    const before = job.completedWith;
    if (before !== null && before !== act.token) {
      this.#world.fail(`Q5: job ${act.id} is completed with token ${before} and again with ${act.token}`);
    }
    job.completedWith = act.token;
    for (const token of job.holders.keys()) {
      if (token > act.token)
        this.#world.fail(
          `Q5: job ${act.id} is completed with token ${act.token} after ${token} was given out`,
        );
    }
  }

  /** At the end: every job that was acknowledged, in the state of a node that has applied everything. */
  audit(by: NodeId | "the log", find: (id: JobId) => Job | undefined, isEnd = true): void {
    for (const [id, known] of this.#jobs) {
      const job = find(id);
      if (job === undefined) {
        if (known.enqueueAcked && !known.isShortLived)
          this.#world.fail(`Q1: job ${id} was acknowledged and is not there (${by})`);
        continue;
      }
      if (isEnd && !isOver(job.state))
        this.#world.fail(`Q14: job ${id} is still ${job.state} in the end (${by})`);
      if (
        known.completedWith !== null &&
        (job.state !== "completed" || job.lastToken !== known.completedWith)
      ) {
        this.#world.fail(
          `Q1: job ${id} was completed with token ${known.completedWith}, and is ${job.state} with ${job.lastToken} (${by})`,
        );
      }
      if (isEnd) this.#world.coverage.count("job ended", job.state);
    }
  }

  /** Each job's calls by themselves: jobs do not touch each other. */
  checkLinearizability(): void {
    const byKey = new Map<string, Operation[]>();
    for (const operation of this.history) {
      if (this.#refused.has(operation)) continue;
      const known = this.#jobs.get(operation.key as JobId);
      if (known?.isShortLived === true || known?.isRecorded === false) continue;
      const operations = byKey.get(operation.key);
      if (operations === undefined) byKey.set(operation.key, [operation]);
      else operations.push(operation);
    }
    for (const [key, operations] of byKey) {
      const mayBeginAnew = this.#jobs.get(key as JobId)?.mayBeginAnew === true;
      const verdict = checkHistory(mayBeginAnew ? redrivableJobModel : jobModel, thatMatter(operations), {
        maxSteps: workPerKey,
      });
      const { coverage } = this.#world;
      coverage.count("linearizability", verdict.type === "gaveUp" ? "given up" : "key checked");
      if (ofProgram.test(key)) coverage.count("linearizability", "key of a program checked");
      // What nobody has looked through to the end shows nothing.
      if (verdict.type === "gaveUp")
        this.#world.fail(`the calls of job ${key}, ${operations.length}, are too many to be put in order`);
      if (verdict.type === "violation") {
        const shown = operations.map((operation) => JSON.stringify(operation)).join("\n");
        this.#world.fail(`R12: the calls of job ${key} are not linearizable:\n${shown}`);
      }
    }
  }
}

function isOver(state: JobState): boolean {
  return state === "completed" || state === "dead" || state === "cancelled";
}
