import { toMs } from "../base/duration.ts";
import { backoffSettings } from "../duties/backoff.ts";
import type { FunctionSource, SourceSettings } from "../duties/sourceTypes.ts";

/** As a node reads a source of its options, but for the checks: what is odd there is refused by a real node. No jitter. */
export function sourceSettings(source: FunctionSource): SourceSettings {
  const { name, queue, poll, ack, mapping = {}, job = {} } = source;
  const { interval = "10s", longPoll = 0, timeout = "10s", maxItems = 500 } = source;
  return {
    name,
    queue,
    origin: { type: "function", poll, ack },
    mapping: { id: "id", priority: "", agent: "", cursor: "", ...defined(mapping) },
    job: { priority: "normal", ...job },
    intervalMs: toMs(interval, "interval"),
    jitter: 0,
    longPollMs: toMs(longPoll, "longPoll"),
    timeoutMs: toMs(timeout, "timeout"),
    backoff: backoffSettings(source.backoff),
    maxItems,
  };
}

function defined({ id, priority, agent, cursor }: NonNullable<FunctionSource["mapping"]>) {
  return {
    ...(id !== undefined && { id }),
    ...(priority !== undefined && { priority }),
    ...(agent !== undefined && { agent }),
    ...(cursor !== undefined && { cursor }),
  };
}
