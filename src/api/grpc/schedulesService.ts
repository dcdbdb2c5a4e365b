import { LogIndex, type LogTimeMs } from "../../base/brands.ts";
import { ConclaveError } from "../../base/errors.ts";
import { withinOr } from "../../codec/api/check.ts";
import { isStale } from "../../codec/api/enums.ts";
import { enqueueResultToWire } from "../../codec/api/jobRequests.ts";
import { defaults, limits } from "../../codec/api/limits.ts";
import {
  by,
  extraJob,
  pausing,
  scheduleLimits,
  scheduleName,
  scheduleSpec,
  scheduleToWire,
  upcomingCount,
  withoutPayload,
} from "../../codec/api/schedules.ts";
import type { DeleteScheduleReply } from "../../generated/conclave/v1/DeleteScheduleReply.ts";
import type { DeleteScheduleRequest__Output } from "../../generated/conclave/v1/DeleteScheduleRequest.ts";
import type { GetScheduleReply } from "../../generated/conclave/v1/GetScheduleReply.ts";
import type { GetScheduleRequest__Output } from "../../generated/conclave/v1/GetScheduleRequest.ts";
import type { ListSchedulesReply } from "../../generated/conclave/v1/ListSchedulesReply.ts";
import type { ListSchedulesRequest__Output } from "../../generated/conclave/v1/ListSchedulesRequest.ts";
import type { PauseScheduleReply } from "../../generated/conclave/v1/PauseScheduleReply.ts";
import type { PauseScheduleRequest__Output } from "../../generated/conclave/v1/PauseScheduleRequest.ts";
import type { PutScheduleReply } from "../../generated/conclave/v1/PutScheduleReply.ts";
import type { PutScheduleRequest__Output } from "../../generated/conclave/v1/PutScheduleRequest.ts";
import type { ResumeScheduleReply } from "../../generated/conclave/v1/ResumeScheduleReply.ts";
import type { ResumeScheduleRequest__Output } from "../../generated/conclave/v1/ResumeScheduleRequest.ts";
import type { RunScheduleReply } from "../../generated/conclave/v1/RunScheduleReply.ts";
import type { RunScheduleRequest__Output } from "../../generated/conclave/v1/RunScheduleRequest.ts";
import type { Schedule, ScheduleSpec, Switch } from "../../machine/types.ts";
import type { NodeService } from "../../node/service.ts";
import type { ServiceContext } from "./context.ts";
import { withPolicy } from "./queuePolicies.ts";
import { readable } from "./standing.ts";
import { unary } from "./unary.ts";

const changes = { created: "CHANGE_CREATED", replaced: "CHANGE_REPLACED", none: "CHANGE_NONE" } as const;
/** Due times worked out in one turn: a few milliseconds. */
const stepsPerTurn = 16;

/** `conclave.v1.Schedules`. */
export function schedulesService(context: ServiceContext) {
  const { node } = context;
  return {
    Put: unary<PutScheduleRequest__Output, PutScheduleReply>(context, async (request) => {
      const spec = withPolicy(node, scheduleSpec(request.spec, context.sizes));
      const nextDueAt = firstDueAt(node, spec);
      const command = { type: "putSchedule", spec, nextDueAt, by: by(request.by) } as const;
      const { schedule, change } = await node.operate(command);
      return { schedule: scheduleToWire(schedule, []), change: changes[change] };
    }),

    Get: unary<GetScheduleRequest__Output, GetScheduleReply>(context, async (request) => {
      const name = scheduleName("name", request.name);
      const count = upcomingCount(request.upcoming);
      await readable(node, isStale("consistency", request.consistency));
      const schedule = known(node, name);
      return { schedule: scheduleToWire(schedule, await upcoming(node, schedule, count)) };
    }),

    List: unary<ListSchedulesRequest__Output, ListSchedulesReply>(context, async (request) => {
      const after = request.after === "" ? "" : scheduleName("after", request.after);
      const limit = withinOr(defaults.page, "limit", request.limit, 1, limits.maxPage);
      const count = upcomingCount(request.upcoming);
      await readable(node, isStale("consistency", request.consistency));
      const names = node.state.scheduleNames().filter((each) => each > after);
      const page = names.slice(0, limit).flatMap((each) => node.state.schedule(each) ?? []);
      const each = Math.min(count, Math.floor(scheduleLimits.maxListedUpcoming / Math.max(1, page.length)));
      const schedules = [];
      for (const schedule of page) {
        schedules.push(scheduleToWire(withoutPayload(schedule), await upcoming(node, schedule, each)));
      }
      return { schedules };
    }),

    Delete: unary<DeleteScheduleRequest__Output, DeleteScheduleReply>(context, async (request) => {
      const { found } = await node.operate({
        type: "deleteSchedule",
        name: scheduleName("name", request.name),
      });
      return { found };
    }),

    Pause: unary<PauseScheduleRequest__Output, PauseScheduleReply>(context, async (request) => {
      const name = scheduleName("name", request.name);
      return { schedule: await switched(node, name, pausing(request)) };
    }),

    Resume: unary<ResumeScheduleRequest__Output, ResumeScheduleReply>(context, async (request) => {
      const name = scheduleName("name", request.name);
      return { schedule: await switched(node, name, { on: false, by: by(request.by), why: "" }) };
    }),

    RunNow: unary<RunScheduleRequest__Output, RunScheduleReply>(context, async (request) => {
      const name = scheduleName("name", request.name);
      await readable(node, false);
      const [result] = await node.enqueue([extraJob(known(node, name), request.jobId)]);
      return { result: result === undefined ? null : enqueueResultToWire(result) };
    }),
  };
}

/** Throws INVALID_ARGUMENT for a timing that cannot be read, and for a new schedule that will never be due. */
function firstDueAt(node: NodeService, spec: ScheduleSpec): LogTimeMs | null {
  const { calendar, state } = node;
  calendar.check(spec);
  const isNew = state.schedule(spec.name) === undefined;
  const next = calendar.next(spec, node.status().logTime);
  if (next === null && isNew) {
    const until = spec.endAt === 0 ? "" : ` before its end, ${new Date(spec.endAt).toISOString()}`;
    throw new ConclaveError("INVALID_ARGUMENT", `schedule ${spec.name} would never be due${until}`);
  }
  return next;
}

function known(node: NodeService, name: string): Schedule {
  const schedule = node.state.schedule(name);
  if (schedule === undefined) throw noSuchSchedule(name);
  return schedule;
}

function noSuchSchedule(name: string): ConclaveError {
  return new ConclaveError(
    "NOT_FOUND",
    `there is no schedule ${name}; \`conclave schedule list\` shows those there are`,
  );
}

/**
 * In the turn in which the command is proposed, so that no due time comes in between. Another spec may come in between, which
 * is in the log and not known here yet: then it is still paused, and asked for once more.
 */
async function switched(node: NodeService, name: string, paused: Switch) {
  for (;;) {
    const before = paused.on ? undefined : node.state.schedule(name);
    const now = node.status().logTime;
    const nextDueAt = before === undefined ? null : node.calendar.next(before.spec, now);
    const revision = before?.revision ?? LogIndex(0);
    const { schedule } = await node.operate({ type: "pauseSchedule", name, paused, nextDueAt, revision });
    if (schedule === null) throw noSuchSchedule(name);
    const isOvertaken = !paused.on && schedule.paused !== null;
    if (!isOvertaken) return scheduleToWire(schedule, []);
  }
}

/** From the due time that is next, in slices. */
async function upcoming(node: NodeService, { spec, nextDueAt, paused }: Schedule, count: number) {
  if (nextDueAt === null || paused !== null || count === 0) return [];
  const times: LogTimeMs[] = [nextDueAt];
  for (let last = nextDueAt; times.length < count; ) {
    const more = node.calendar.upcoming(spec, last, Math.min(stepsPerTurn, count - times.length));
    times.push(...more);
    const newest = more.at(-1);
    if (newest === undefined) break;
    last = newest;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return times;
}
