import type {
  Act,
  ActResult,
  Applied,
  ClaimedJob,
  Command,
  JobSpec,
  Outcome,
} from "../../../src/machine/types.ts";
import type { ReferenceMachine } from "../reference/machine.ts";
import type { Coverage } from "../run/coverage.ts";

/** Counts what the machine was seen to do, so that a run in which something never happened can be told. */
export function tally(
  coverage: Coverage,
  commands: readonly Command[],
  { outcomes, events, notices }: Applied,
  reference: ReferenceMachine,
): void {
  commands.forEach((command, i) => {
    coverage.count("command", command.type);
    const outcome = outcomes[i];
    if (outcome !== undefined) tallyOutcome(coverage, command, outcome);
    if (command.type === "enqueue") for (const job of command.jobs) tallyPolicy(coverage, job, reference);
  });
  for (const { type, state } of events) {
    coverage.count("event", type);
    if (type === "redriven") coverage.count("redriven", state);
  }
  for (const notice of notices) {
    if (notice.type === "jobDead")
      coverage.count("dead by", reference.jobs.get(notice.id)?.cause ?? "unknown");
    if (notice.type === "breakerChanged") coverage.count("breaker", notice.breaker.state);
  }
}

function tallyPolicy(coverage: Coverage, { id, retry }: JobSpec, { jobs, limits }: ReferenceMachine): void {
  const spec = jobs.get(id)?.spec;
  if (retry.byDefault !== true || spec === undefined) return;
  const isQueues = spec.retry === limits.of(spec.queue).retry;
  coverage.count("enqueued", isQueues ? "with its queue's policy" : "with the default policy");
}

function tallyOutcome(coverage: Coverage, command: Command, outcome: Outcome): void {
  switch (outcome.type) {
    case "enqueue":
      if (command.type === "enqueue") tallyEnqueue(coverage, command.jobs, outcome.results);
      return;
    case "claim":
      if (outcome.jobs.length > 0) coverage.count("job", "claimed", outcome.jobs.length);
      for (const job of outcome.jobs) tallyClaim(coverage, job);
      return;
    case "act":
      if (command.type !== "act") return;
      command.acts.forEach((each, i) => tallyAct(coverage, each, outcome.results[i]));
      return;
    case "cancel":
      for (const result of outcome.results) coverage.count("cancel", result.ok ? result.state : result.code);
      return;
    case "manage":
      if (command.type !== "manage") return;
      for (const result of outcome.results) coverage.count(command.action, result.ok ? "done" : result.code);
      return;
    case "expireClaims":
      if (outcome.expired > 0) coverage.count("job", "lease expired", outcome.expired);
      else coverage.count("job", "lease renewed before its expiry was applied");
      return;
    case "resumeWorker":
      if (outcome.released > 0) coverage.count("job", "undelivered claim given back", outcome.released);
      return;
    case "fireTimers":
      coverage.count("job", "timer fired", outcome.fired);
      return;
    case "setQueue":
      if (command.type === "setQueue")
        for (const name of Object.keys(command.patch)) coverage.count("queue set", name);
      return;
    case "setBreaker":
      coverage.count("breaker by hand", outcome.breaker.state);
      return;
    case "putSchedule":
      coverage.count("schedule put", outcome.change);
      return;
    case "deleteSchedule":
      coverage.count("schedule", outcome.found ? "deleted" : "not there");
      return;
    case "pauseSchedule":
      coverage.count("schedule", outcome.schedule?.paused === null ? "resumed" : "paused");
      return;
    case "fireSchedule":
      if (command.type !== "fireSchedule") return;
      if (outcome.enqueued !== null) coverage.count("schedule", "fired");
      else coverage.count("schedule", command.missed > 0 ? "missed" : "not fired");
      return;
    case "beginTerm":
      return;
  }
}

function tallyEnqueue(
  coverage: Coverage,
  specs: readonly JobSpec[],
  results: Extract<Outcome, { readonly type: "enqueue" }>["results"],
): void {
  results.forEach(({ id, existing, state, refusal }, i) => {
    const spec = specs[i];
    if (refusal !== undefined) coverage.count("enqueue refused", refusal.code);
    else if (spec?.id !== id) {
      coverage.count(`dedup ${spec?.dedup?.mode}`, "answered with the holder");
      if (state === "completed" || state === "dead" || state === "cancelled")
        coverage.count("dedup", "held by its window alone");
    } else {
      coverage.count("enqueued", existing ? `again, ${state}` : state);
      if (!existing && spec?.dedup !== undefined) coverage.count(`dedup ${spec.dedup.mode}`, "taken in");
    }
  });
}

function tallyClaim(coverage: Coverage, { checkpoint, dependencies, attemptTimeoutMs }: ClaimedJob): void {
  if (checkpoint !== undefined) coverage.count("claimed", "with a checkpoint");
  if (dependencies !== undefined) coverage.count("claimed", "after those it waited for");
  if (attemptTimeoutMs !== undefined) coverage.count("claimed", "with a timeout");
}

function tallyAct(coverage: Coverage, act: Act, result: ActResult | undefined): void {
  if (result === undefined) return;
  coverage.count(act.type, result.ok ? "accepted" : result.code);
  if (!result.ok) return;
  if (act.type === "release" && (act.delayMs ?? 0) > 0) coverage.count("release", "snoozed");
  if (act.type === "fail" && !act.retryable) coverage.count("fail", "not to be retried");
  if (act.type === "fail" && act.retryAfterMs !== null) coverage.count("fail", "with a wish");
}
