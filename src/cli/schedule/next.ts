import { LogTimeMs } from "../../base/brands.ts";
import { toMs } from "../../base/duration.ts";
import { Calendar, type Timetable } from "../../calendar/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, pointInTime, type ReadingFlags, wholeNumber } from "../flags.ts";
import { humanTime, printAnswer } from "../output/print.ts";
import { addTimingFlags, type TimingFlags } from "./put.ts";
import { checkTiming, invalid } from "./timing.ts";

interface NextFlags extends TimingFlags, ReadingFlags {
  readonly count: number;
  readonly from?: Date;
}

/** `schedule next`: of a schedule in the cluster, or of what the flags say, without a cluster. */
export const registerNext: Register = (parent, context) => {
  const command = parent
    .command("next")
    .summary("preview due times")
    .description("Shows the next due times of a schedule, or, without a cluster, of --cron or --every.")
    .argument("[name]", "the schedule's name")
    .option("--count <COUNT>", "so many, at most 100", wholeNumber(1), 10)
    .option("--from <TIME>", "after this time rather than now; only with --cron or --every", pointInTime);
  addOutputFlag(addClientFlags(addTimingFlags(command)));
  command.action(async (name: string | undefined, flags: NextFlags) => {
    await runCommand(context, async (signal) => {
      if (flags.count > 100) throw invalid(`--count ${flags.count}: at most 100 are shown`);
      const times =
        name === undefined
          ? offline(flags)
          : await withCluster(flags, signal, async (cluster, limits) => {
              if (flags.cron !== undefined || flags.every !== undefined) {
                throw invalid("give the name of a schedule, or --cron or --every, not both");
              }
              return (await cluster.schedules.get(name, { ...limits, upcoming: flags.count })).upcomingMs;
            });
      const zone = flags.timeZone ?? "UTC";
      printAnswer(context.io, flags.output, {
        json: { dueMs: times },
        columns: [{ title: "DUE" }, ...(name === undefined ? [{ title: `IN ${zone}` }] : [])],
        rows: times.map((at) => [humanTime(at), ...(name === undefined ? [onTheWall(at, zone)] : [])]),
      });
    });
  });
};

function offline(flags: NextFlags): readonly number[] {
  checkTiming(flags, "the name of a schedule, or ");
  const { cron, every = 0, timeZone = "UTC", startAt, endAt, from, count } = flags;
  const everyMs = toMs(every, "--every");
  const timetable: Timetable = {
    timing: cron === undefined ? { type: "every", everyMs } : { type: "cron", cron, timeZone },
    startAt: LogTimeMs(startAt?.getTime() ?? 0),
    endAt: LogTimeMs(endAt?.getTime() ?? 0),
  };
  const calendar = new Calendar({ cron: "--cron", timeZone: "--time-zone" });
  return calendar.upcoming(timetable, LogTimeMs(from?.getTime() ?? Date.now()), count);
}

function onTheWall(at: number, timeZone: string): string {
  const format = { timeZone, dateStyle: "full", timeStyle: "long" } as const;
  return new Intl.DateTimeFormat("en-GB", format).format(at);
}
