import { type Command, Option } from "commander";
import type { DedupMode, JobOptions, OnFailure } from "../../client/index.ts";
import { pointInTime } from "../flags.ts";
import { addRetryFlags, type RetryFlags, retryOf } from "../retryFlags.ts";

export interface EnqueueFlags extends RetryFlags {
  readonly priority: "high" | "normal" | "low";
  readonly agent?: string;
  readonly key?: string;
  readonly tag?: readonly string[];
  readonly delay?: string;
  readonly runAt?: Date;
  readonly id?: string;
  readonly lease?: string;
  readonly retention?: string;
  readonly deadRetention?: string;
  readonly dedupKey?: string;
  readonly dedupMode?: DedupMode;
  readonly dedupWindow?: string;
  readonly queueTimeout?: string;
  readonly attemptTimeout?: string;
  readonly totalTimeout?: string;
  readonly rejectWhenOpen?: boolean;
  readonly waitFor?: readonly string[];
  readonly onFailure?: OnFailure;
}

export function addEnqueueFlags(command: Command): Command {
  const choice = (flags: string, description: string, choices: readonly string[]): Option =>
    new Option(flags, description).choices([...choices]);
  const repeated = (flags: string, description: string): Option =>
    new Option(flags, description).argParser<readonly string[] | undefined>((one, before) => [
      ...(before ?? []),
      one,
    ]);
  command
    .addOption(
      choice("--priority <PRIORITY>", "strict within the queue", ["high", "normal", "low"]).default("normal"),
    )
    .option("--agent <NAME>", "whose job it is: circuit breakers and limits go by it")
    .option("--key <KEY>", "what limits, rates and fairness between tenants go by")
    .addOption(repeated("--tag <TAG>", "for searching; may be given again"))
    .option("--delay <DURATION>", "not before this long from now")
    .option("--run-at <TIME>", "not before this time: ISO, or ms since the epoch", pointInTime)
    .option("--id <ID>", "the same id is the same job: a repeated enqueue changes nothing")
    .option("--lease <DURATION>", "how long a claim lives without a renewal (default: 30s)")
    .option("--retention <DURATION>", "how long it stays readable once completed or cancelled (default: 1h)")
    .option("--dead-retention <DURATION>", "the same once dead (default: 7d)");
  return addRetryFlags(command, "job")
    .option("--dedup-key <KEY>", "at most one active job of the queue has it")
    .addOption(
      choice("--dedup-mode <MODE>", "when another job has the key", ["return", "reject", "replace", "force"]),
    )
    .option("--dedup-window <DURATION>", "the key stays taken at least this long")
    .option("--queue-timeout <DURATION>", "dead when not claimed within this time after it became ready")
    .option("--attempt-timeout <DURATION>", "an attempt that takes longer has failed")
    .option("--total-timeout <DURATION>", "dead when not completed within this time")
    .option("--reject-when-open", "refuse it while the agent's breaker is open")
    .addOption(repeated("--wait-for <ID>", "ready once this job has completed; may be given again"))
    .addOption(
      choice("--on-failure <WHAT>", "when one of those is dead or cancelled", ["fail", "cancel", "run"]),
    );
}

export function jobOptions(flags: EnqueueFlags): JobOptions<Uint8Array> {
  const { dedupKey, dedupMode: mode, dedupWindow: window } = flags;
  const timeouts = { queue: flags.queueTimeout, attempt: flags.attemptTimeout, total: flags.totalTimeout };
  return {
    priority: flags.priority,
    agent: flags.agent,
    key: flags.key,
    tags: flags.tag,
    delay: flags.delay,
    runAt: flags.runAt,
    id: flags.id,
    lease: flags.lease,
    retention: flags.retention,
    deadRetention: flags.deadRetention,
    retry: retryOf(flags),
    // Without a key there is nothing that a mode or a window could be of: see checkTogether.
    dedup: (dedupKey ?? mode ?? window) === undefined ? undefined : { key: dedupKey ?? "", mode, window },
    timeouts: Object.values(timeouts).every((each) => each === undefined) ? undefined : timeouts,
    rejectWhenOpen: flags.rejectWhenOpen,
    waitFor: flags.waitFor,
    onFailure: flags.onFailure,
  };
}
