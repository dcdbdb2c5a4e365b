import { type JobId, LogIndex } from "../../base/brands.ts";
import type { JobEvent } from "../../generated/conclave/v1/JobEvent.ts";
import type { WatchRequest__Output } from "../../generated/conclave/v1/WatchRequest.ts";
import type * as machine from "../../machine/types.ts";
import type { EntryEvents } from "../../node/eventLog.ts";
import { cut, line, name, refuse, within } from "./check.ts";
import { eventTypeFrom, wireEventType, wireState } from "./enums.ts";
import { jobId } from "./jobId.ts";
import { limits } from "./limits.ts";

export interface Watching {
  /** Null: from now on. */
  readonly from: LogIndex | null;
  readonly wants: (event: machine.JobEvent) => boolean;
}

export function watching(request: WatchRequest__Output): Watching {
  const from = within("from_index", request.fromIndex, 0, Number.MAX_SAFE_INTEGER);
  const queue = request.queue === "" ? null : name("queue", request.queue);
  const id: JobId | null = request.jobId === "" ? null : jobId("job_id", request.jobId);
  const agent = request.agent === "" ? null : line("agent", request.agent, limits.maxAgentCharacters);
  const types = new Set(request.types.map((type, index) => eventType(`types[${index}]`, type)));
  return {
    from: from === 0 ? null : LogIndex(from),
    wants: (event) =>
      (queue === null || event.queue === queue) &&
      (id === null || event.id === id) &&
      (agent === null || event.agent === agent) &&
      (types.size === 0 || types.has(event.type)),
  };
}

function eventType(field: string, type: WatchRequest__Output["types"][number]): machine.JobEventType {
  return eventTypeFrom(field, type, null) ?? refuse(field, "is unspecified; name a type or leave it out");
}

export function eventToWire({ index, at }: EntryEvents, event: machine.JobEvent): JobEvent {
  return {
    index,
    atMs: at,
    type: wireEventType[event.type],
    jobId: event.id,
    queue: event.queue,
    agent: event.agent,
    state: wireState[event.state],
    attempt: event.attempt,
    fencingToken: event.token,
    detail: cut(event.detail, limits.maxListedCharacters),
  };
}

/** An upper bound of an event's size in a message. */
export function eventBytes({ id, queue, agent, detail }: machine.JobEvent): number {
  const texts = agent.length + Math.min(detail.length, limits.maxListedCharacters);
  return 80 + id.length + queue.length + 3 * texts;
}
