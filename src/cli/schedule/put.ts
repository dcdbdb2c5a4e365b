import { type Command, Option } from "commander";
import { addByFlag, whoever } from "../byWhom.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, pointInTime, type ReadingFlags, wholeNumber } from "../flags.ts";
import { readPayload } from "../job/payload.ts";
import { printAnswer } from "../output/print.ts";
import { scheduleAnswer } from "./scheduleAnswer.ts";
import { checkTiming } from "./timing.ts";

/** When something is due. */
export interface TimingFlags {
  readonly cron?: string;
  readonly timeZone?: string;
  readonly every?: string;
  readonly startAt?: Date;
  readonly endAt?: Date;
}

interface PutFlags extends TimingFlags, ReadingFlags {
  readonly overlap: "skip" | "allow" | "bufferOne";
  readonly catchUp?: string;
  readonly jitter?: string;
  readonly priority: "high" | "normal" | "low";
  readonly agent?: string;
  readonly maxAttempts?: number;
  readonly lease?: string;
  readonly by?: string;
}

export function addTimingFlags(command: Command): Command {
  return command
    .option(
      "--cron <EXPRESSION>",
      "minute, hour, day of the month, month, day of the week; six fields: seconds first",
    )
    .option("--time-zone <NAME>", "IANA name of the zone whose clock the expression means (default: UTC)")
    .option("--every <DURATION>", "an interval, from --start-at on or else from 1970")
    .option("--start-at <TIME>", "nothing is due before this: ISO, or ms since the epoch", pointInTime)
    .option("--end-at <TIME>", "nothing is due after this", pointInTime);
}

export const registerPut: Register = (parent, context) => {
  const command = parent
    .command("put")
    .summary("make or replace a schedule")
    .description(
      "Makes a schedule, or gives the one of this name another spec. The same again changes nothing.",
    )
    .argument("<name>", "the schedule's name, at most 100 characters")
    .argument("<queue>", "the queue that its jobs go to")
    .argument("[data]", "their payload: text, @FILE for a file's bytes, - for stdin; by custom JSON");
  addTimingFlags(command)
    .addOption(
      new Option(
        "--overlap <POLICY>",
        "what is due while the last job is active is left out, enqueued, or one kept",
      )
        .choices(["skip", "allow", "bufferOne"])
        .default("skip"),
    )
    .option("--catch-up <DURATION>", "how old what nobody led for may be to be made up for (default: 1h)")
    .option("--jitter <DURATION>", "each job is put off by a time of its own, up to this")
    .addOption(
      new Option("--priority <PRIORITY>", "of its jobs").choices(["high", "normal", "low"]).default("normal"),
    )
    .option("--agent <NAME>", "the key that breakers and limits use")
    .option(
      "--max-attempts <COUNT>",
      "attempts in all, the first included (default: the queue's policy, else 5)",
      wholeNumber(1),
    )
    .option("--lease <DURATION>", "how long a claim lives without a renewal (default: 30s)");
  addOutputFlag(addClientFlags(addByFlag(command)));
  command.action(async (name: string, queue: string, data: string | undefined, flags: PutFlags) => {
    await runCommand(context, async (signal) => {
      checkTiming(flags);
      const payload = await readPayload(data, context.io);
      await withCluster(flags, signal, async (cluster, limits) => {
        const { maxAttempts, by, endpoints: _endpoints, output, ...rest } = flags;
        const { change, ...schedule } = await cluster.schedules.put(name, {
          ...rest,
          ...limits,
          queue,
          data: payload,
          retry: maxAttempts === undefined ? undefined : { maxAttempts },
          by: whoever(by),
        });
        printAnswer(context.io, output, scheduleAnswer(schedule, { change }));
      });
    });
  });
};
