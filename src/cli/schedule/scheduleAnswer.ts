import type { Schedule } from "../../client/index.ts";
import { type Answer, humanMs, humanTime } from "../output/print.ts";
import { handText } from "../queue/queueAnswer.ts";

export function scheduleAnswer(schedule: Schedule, more: Readonly<Record<string, unknown>> = {}): Answer {
  const { put, paused, lastSkip } = schedule;
  const optional = (title: string, value: string | undefined): string[][] =>
    value === undefined ? [] : [[title, value]];
  return {
    json: { ...schedule, ...more },
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: [
      ["name", schedule.name],
      ...Object.entries(more).map(([title, value]) => [title, String(value)]),
      ["when", whenOf(schedule)],
      ...optional("from", timeOf(schedule.startAtMs)),
      ...optional("until", timeOf(schedule.endAtMs)),
      ["queue", schedule.queue],
      ["overlap", schedule.overlap],
      ["catch up", humanMs(schedule.catchUpMs)],
      ...(schedule.jitterMs === 0 ? [] : [["jitter", humanMs(schedule.jitterMs)]]),
      ["put", `${humanTime(put.atMs)}${put.by === "" ? "" : ` by ${put.by}`}`],
      ...optional("paused", paused === undefined ? undefined : handText(paused)),
      ["next due", nextOf(schedule)],
      ...optional("last due", timeOf(schedule.lastDueAtMs)),
      ...optional("last job", schedule.lastJobId),
      ...optional("waits", timeOf(schedule.bufferedDueAtMs)),
      ["fired", `${schedule.fired}; skipped ${schedule.skipped}, missed ${schedule.missed}`],
      ...(lastSkip === undefined
        ? []
        : [["last skip", `${humanTime(lastSkip.dueAtMs)}: ${lastSkip.reason}`]]),
      ...schedule.upcomingMs.map((at, i) => [i === 0 ? "upcoming" : "", humanTime(at)]),
    ],
  };
}

export function listAnswer(schedules: readonly Schedule[]): Answer {
  return {
    json: { schedules },
    columns: [
      { title: "NAME" },
      { title: "WHEN" },
      { title: "QUEUE" },
      { title: "NEXT DUE" },
      { title: "LAST DUE" },
      { title: "FIRED", align: "right" },
      { title: "SKIPPED", align: "right" },
      { title: "MISSED", align: "right" },
    ],
    rows: schedules.map((schedule) => [
      schedule.name,
      whenOf(schedule),
      schedule.queue,
      nextOf(schedule),
      timeOf(schedule.lastDueAtMs) ?? "-",
      String(schedule.fired),
      String(schedule.skipped),
      String(schedule.missed),
    ]),
    note: `${schedules.length} ${schedules.length === 1 ? "schedule" : "schedules"}`,
  };
}

function whenOf({ cron, timeZone, everyMs }: Schedule): string {
  return cron === undefined ? `every ${humanMs(everyMs ?? 0)}` : `${cron} (${timeZone ?? "UTC"})`;
}

function nextOf({ paused, nextDueAtMs }: Schedule): string {
  if (paused !== undefined) return "paused";
  return nextDueAtMs === undefined ? "never again" : humanTime(nextDueAtMs);
}

function timeOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : humanTime(ms);
}
