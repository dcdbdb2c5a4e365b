import { ConclaveError } from "../base/errors.ts";
import type { DeleteScheduleReply__Output } from "../generated/conclave/v1/DeleteScheduleReply.ts";
import type { GetScheduleReply__Output } from "../generated/conclave/v1/GetScheduleReply.ts";
import type { ListSchedulesReply__Output } from "../generated/conclave/v1/ListSchedulesReply.ts";
import type { PauseScheduleReply__Output } from "../generated/conclave/v1/PauseScheduleReply.ts";
import type { PutScheduleReply__Output } from "../generated/conclave/v1/PutScheduleReply.ts";
import type { ResumeScheduleReply__Output } from "../generated/conclave/v1/ResumeScheduleReply.ts";
import type { RunScheduleReply__Output } from "../generated/conclave/v1/RunScheduleReply.ts";
import { Budget, type CallOptions, defaultTimeoutMs } from "./budget.ts";
import { checkCount, checkName } from "./checks.ts";
import type { EnqueueOutcome } from "./enqueueCall.ts";
import { newId } from "./ids.ts";
import type { Leader } from "./leader.ts";
import { consistencyToWire, stateFromWire, toWire } from "./names.ts";
import type { Node, UnaryOptions } from "./nodes.ts";
import { onLeader, type Try } from "./onLeader.ts";
import type { Reader, ReadOptions } from "./reader.ts";
import { checkScheduleName, type ScheduleOptions, scheduleSpec } from "./scheduleSpec.ts";
import { type Schedule, scheduleView } from "./scheduleView.ts";
import { fromDetail } from "./wireErrors.ts";

export interface PutScheduleOptions<Input = unknown> extends ScheduleOptions<Input>, CallOptions {
  /** Who does it; shown with the schedule. */
  readonly by?: string | undefined;
}

/** `unchanged`: it had this very spec, and goes on as it was. */
export interface PutSchedule extends Schedule {
  readonly change: "created" | "replaced" | "unchanged";
}

export interface ByHandOptions extends CallOptions {
  readonly by?: string | undefined;
  readonly why?: string | undefined;
}

export interface ScheduleReadOptions extends ReadOptions {
  /** Due times to work out beside; at most 100, default none. */
  readonly upcoming?: number | undefined;
}

const pageSize = 100;

/** Jobs that the cluster enqueues by itself: `cluster.schedules`. Every method rejects with ConclaveError only. */
export class Schedules {
  readonly #leader: Leader;
  readonly #reader: Reader;

  constructor(leader: Leader, reader: Reader) {
    this.#leader = leader;
    this.#reader = reader;
  }

  /**
   * Makes a schedule or gives the one of this name another spec. The same again changes nothing, so a program may put its
   * schedules whenever it starts. Rejects with INVALID_ARGUMENT that names what is wrong with cron or time zone.
   */
  async put<Input = unknown>(name: string, options: PutScheduleOptions<Input>): Promise<PutSchedule> {
    const request = { spec: scheduleSpec(name, options), by: options.by ?? "" };
    const { schedule, change } = await this.#write<PutScheduleReply__Output>(options, (node, limits) =>
      node.call((metadata, opts, done) => node.schedules.Put(request, metadata, opts, done), limits),
    );
    const words = { CHANGE_CREATED: "created", CHANGE_REPLACED: "replaced" } as const;
    return {
      ...scheduleView(schedule),
      change: change === "CHANGE_CREATED" || change === "CHANGE_REPLACED" ? words[change] : "unchanged",
    };
  }

  /** Rejects with NOT_FOUND when there is none of this name. */
  async get(name: string, options: ScheduleReadOptions = {}): Promise<Schedule> {
    const request = { name: checkScheduleName(name), ...readOf(options) };
    const { schedule } = await this.#read<GetScheduleReply__Output>(options, (node, limits) =>
      node.call((metadata, opts, done) => node.schedules.Get(request, metadata, opts, done), limits),
    );
    return scheduleView(schedule);
  }

  /** All of them, by name. */
  async list(options: ScheduleReadOptions = {}): Promise<readonly Schedule[]> {
    const all: Schedule[] = [];
    for (let after = ""; ; after = all.at(-1)?.name ?? "") {
      const request = { after, limit: pageSize, ...readOf(options) };
      const { schedules } = await this.#read<ListSchedulesReply__Output>(options, (node, limits) =>
        node.call((metadata, opts, done) => node.schedules.List(request, metadata, opts, done), limits),
      );
      all.push(...schedules.map(scheduleView));
      if (schedules.length < pageSize) return all;
    }
  }

  /**
   * Jobs that it has enqueued go on. False when there was none; sent again after a lost answer it cannot tell that from having
   * deleted it, and says true.
   */
  async delete(name: string, options: CallOptions = {}): Promise<boolean> {
    const request = { name: checkScheduleName(name) };
    return await this.#write<boolean>(options, async (node, limits, again) => {
      const { found } = await node.call<DeleteScheduleReply__Output>(
        (metadata, opts, done) => node.schedules.Delete(request, metadata, opts, done),
        limits,
      );
      return found || again;
    });
  }

  /** Nothing is due while it is paused. Paused again it keeps who was first, and why. */
  async pause(name: string, options: ByHandOptions = {}): Promise<Schedule> {
    const { by = "", why = "" } = options;
    const request = { name: checkScheduleName(name), by, why };
    const { schedule } = await this.#write<PauseScheduleReply__Output>(options, (node, limits) =>
      node.call((metadata, opts, done) => node.schedules.Pause(request, metadata, opts, done), limits),
    );
    return scheduleView(schedule);
  }

  /** Due again from now on; what passed meanwhile is not made up for. */
  async resume(name: string, options: Omit<ByHandOptions, "why"> = {}): Promise<Schedule> {
    const request = { name: checkScheduleName(name), by: options.by ?? "" };
    const { schedule } = await this.#write<ResumeScheduleReply__Output>(options, (node, limits) =>
      node.call((metadata, opts, done) => node.schedules.Resume(request, metadata, opts, done), limits),
    );
    return scheduleView(schedule);
  }

  /** One job more, at once, whatever the overlap policy, also while it is paused. Rejects with what refused the job. */
  async runNow(
    name: string,
    options: CallOptions & { readonly id?: string | undefined } = {},
  ): Promise<EnqueueOutcome> {
    const jobId = options.id === undefined ? newId() : checkName(options.id, "id");
    const request = { name: checkScheduleName(name), jobId };
    const { result } = await this.#write<RunScheduleReply__Output>(options, (node, limits) =>
      node.call((metadata, opts, done) => node.schedules.RunNow(request, metadata, opts, done), limits),
    );
    if (result === null) throw new ConclaveError("INTERNAL", "the server sent no result of the job");
    if (result.error !== null) throw fromDetail(result.error);
    // What is there under an id drawn for this call is what an earlier try of it enqueued.
    const isOwn = options.id === undefined && result.id === jobId;
    return { id: result.id, state: stateFromWire(result.state), existing: result.existing && !isOwn };
  }

  /** Every write here may be sent twice. */
  #write<Reply>(options: CallOptions, call: Try<Reply>): Promise<Reply> {
    return onLeader(this.#leader, this.#budget(options), call);
  }

  #read<Reply>(
    options: ReadOptions,
    call: (node: Node, limits: UnaryOptions) => Promise<Reply>,
  ): Promise<Reply> {
    return this.#reader.read(options, this.#budget(options), call);
  }

  #budget(options: CallOptions): Budget {
    return new Budget(options, defaultTimeoutMs, this.#leader.clock);
  }
}

function readOf({ upcoming = 0, consistency = "linearizable" }: ScheduleReadOptions) {
  return {
    upcoming: checkCount(upcoming, "upcoming", 0, 100),
    consistency: toWire(consistencyToWire, consistency, "consistency"),
  };
}
