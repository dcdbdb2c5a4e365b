import { InvalidArgumentError, Option } from "commander";
import type { BreakerPolicy, QueueChange, RateLimit } from "../../client/index.ts";
import { withCluster } from "../connection.ts";
import { type Register, runCommand } from "../context.ts";
import { addClientFlags, addOutputFlag, type ReadingFlags, wholeNumber } from "../flags.ts";
import { checkRetryTogether, invalid } from "../job/flagsTogether.ts";
import { printAnswer } from "../output/print.ts";
import { addRetryFlags, type RetryFlags, retryOf } from "../retryFlags.ts";
import { settingsAnswer } from "./queueAnswer.ts";

interface SetFlags extends ReadingFlags, RetryFlags {
  readonly maxRunning?: number;
  readonly maxRunningPerAgent?: number;
  readonly maxRunningPerKey?: number;
  readonly rate?: RateLimit;
  readonly ratePerKey?: RateLimit;
  readonly fair?: boolean;
  readonly weight?: Readonly<Record<string, number>>;
  readonly ageing?: string;
  readonly breaker?: BreakerPolicy;
  readonly maxEnded?: number;
  readonly maxEndedBytes?: number;
  readonly defaultRetry?: true;
}

export const registerSet: Register = (parent, context) => {
  const command = parent
    .command("set")
    .summary("change limits of a queue")
    .description(
      "Changes the settings of a queue that are named; 0, or off for rates, takes a limit away. The retry policy is for " +
        "jobs that are enqueued from then on and ask for none themselves, and is always set as a whole.",
    )
    .argument("<queue>", "the queue's name")
    .option("--max-running <COUNT>", "running jobs at a time", wholeNumber(0))
    .option("--max-running-per-agent <COUNT>", "running jobs of one agent", wholeNumber(0))
    .option("--max-running-per-key <COUNT>", "running jobs of one key", wholeNumber(0))
    .option("--rate <COUNT/DURATION>", "claims in any such span of time, as 100/1s; or off", rate)
    .option("--rate-per-key <COUNT/DURATION>", "the same for each key; or off", rate)
    .option("--fair", "within a priority keys take turns, by weight")
    .option("--no-fair", "first in, first out over all keys")
    .option("--weight <KEY=COUNT...>", "weights of keys, in place of all that were given before", weight)
    .option("--ageing <DURATION>", "ready for so long, a job counts as one priority higher; 0 for never")
    .option(
      "--breaker <COUNT/MIN/MAX>",
      "open an agent's breaker after so many failures, for MIN to MAX: 5/60s/1h",
      breaker,
    )
    .option("--max-ended <COUNT>", "completed and cancelled jobs kept", wholeNumber(0))
    .option("--max-ended-bytes <BYTES>", "the same by bytes of payload and result", wholeNumber(0))
    .addOption(
      new Option("--default-retry", "take the retry policy away").conflicts([
        "maxAttempts",
        "backoff",
        "initialBackoff",
        "multiplier",
        "maxBackoff",
        "delays",
        "jitter",
      ]),
    );
  addOutputFlag(addClientFlags(addRetryFlags(command, "queue")));
  // To commander the two are one option, of which the last one counts.
  const fairness = new Set<string>();
  for (const name of ["fair", "no-fair"]) command.on(`option:${name}`, () => fairness.add(name));
  command.action(async (queue: string, flags: SetFlags) => {
    await runCommand(context, async (signal) => {
      checkRetryTogether(flags);
      if (fairness.size > 1) throw invalid("give one of --fair and --no-fair");
      await withCluster(flags, signal, async (cluster, limits) => {
        const settings = await cluster.queues.set(queue, changeOf(flags), limits);
        printAnswer(context.io, flags.output, settingsAnswer(settings));
      });
    });
  });
};

function changeOf(flags: SetFlags): QueueChange {
  const { maxRunning, maxRunningPerAgent, maxRunningPerKey, rate, ratePerKey, fair, ageing, breaker } = flags;
  const { weight: weights, maxEnded, maxEndedBytes } = flags;
  const limits = { maxRunning, maxRunningPerAgent, maxRunningPerKey, rate, ratePerKey };
  const retry = flags.defaultRetry === true ? null : retryOf(flags);
  return { ...limits, fair, weights, ageing, breaker, maxEnded, maxEndedBytes, retry };
}

function rate(text: string): RateLimit {
  if (text === "off") return { limit: 0, interval: 0 };
  const [, limit, interval] = /^(\d+)\/(.+)$/.exec(text) ?? [];
  if (limit === undefined || interval === undefined) {
    throw new InvalidArgumentError("Give a count and a duration, such as 100/1s, or off.");
  }
  return { limit: Number(limit), interval };
}

function weight(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const [, key, count] = /^(.+)=(\d+)$/.exec(text) ?? [];
  if (key === undefined || count === undefined) {
    throw new InvalidArgumentError("Give a key and its weight, such as tenant-1=3.");
  }
  return { ...before, [key]: Number(count) };
}

function breaker(text: string): BreakerPolicy {
  const [, threshold, initialOpen, maxOpen] = /^(\d+)\/([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (threshold === undefined || initialOpen === undefined || maxOpen === undefined) {
    throw new InvalidArgumentError("Give a count and two durations, such as 5/60s/1h.");
  }
  return { threshold: Number(threshold), initialOpen, maxOpen };
}
