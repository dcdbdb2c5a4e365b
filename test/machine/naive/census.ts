import type { JobId } from "../../../src/base/brands.ts";
import type { Machine } from "../../../src/machine/index.ts";
import { type JobEventType, jobEventTypes } from "../../../src/machine/jobEvents.ts";
import type {
  Act,
  ActError,
  Applied,
  Command,
  CommandBatch,
  DedupMode,
  EnqueueError,
  Jitter,
  Manage,
  ManageResult,
  Outcome,
  QueuePatch,
  RetryPolicy,
  Schedule,
} from "../../../src/machine/types.ts";

/** What there is to be drawn: does not compile while one is missing. */
const commands: Record<Command["type"], readonly string[]> = {
  enqueue: ["waiting", "scheduled", "ready", "dead", "cancelled", "existing", "holder"],
  claim: ["none", "some"],
  act: [],
  cancel: ["cancelled", "running", "NOT_FOUND", "JOB_TERMINAL"],
  expireClaims: ["none", "some"],
  fireTimers: ["none", "some"],
  beginTerm: ["done"],
  resumeWorker: ["none", "some"],
  setQueue: ["done"],
  setBreaker: ["open", "closed"],
  manage: [],
  putSchedule: ["created", "replaced", "none"],
  deleteSchedule: ["none", "some"],
  pauseSchedule: ["none", "paused", "resumed"],
  fireSchedule: ["none", "some"],
};
const enqueueErrors: Record<EnqueueError, true> = {
  DUPLICATE: true,
  BREAKER_OPEN: true,
  QUEUE_CLOSED: true,
  NOT_FOUND: true,
  BATCH_REFUSED: true,
};
const actTypes: Record<Act["type"], true> = {
  complete: true,
  fail: true,
  extend: true,
  release: true,
  checkpoint: true,
  progress: true,
};
const actErrors: Record<ActError, true> = { STALE_TOKEN: true, NOT_FOUND: true, JOB_TERMINAL: true };
const manageCodes: Record<Extract<ManageResult, { ok: false }>["code"], boolean> = {
  NOT_FOUND: true,
  WRONG_STATE: true,
  // Takes more than a thousand jobs that wait for one: test/machine/manage.test.ts.
  OVERLOADED: false,
};
const managed: Record<Manage["action"], readonly string[]> = {
  runNow: ["ready"],
  redrive: ["ready", "waiting"],
  delete: ["cancelled", "completed", "dead"],
};
const patches: Record<keyof QueuePatch, true> = {
  paused: true,
  closed: true,
  maxRunning: true,
  maxRunningPerAgent: true,
  maxRunningPerKey: true,
  rate: true,
  ratePerKey: true,
  fair: true,
  weights: true,
  ageingMs: true,
  breaker: true,
  maxEnded: true,
  maxEndedBytes: true,
  retry: true,
};
const jitters: Record<Jitter, true> = { none: true, equal: true, full: true, decorrelated: true };
const modes: Record<DedupMode, boolean> = { return: true, reject: false, replace: true, force: false };
const moves = [
  "closed to open",
  "open to halfOpen",
  "halfOpen to closed",
  "halfOpen to open",
  "open to closed",
];
const reasons = {
  "timeout of the queue": /^no worker claimed it within/,
  "timeout of the attempt": /the attempt took longer than/,
  "timeout of it all": /^it was not completed within/,
  "dead since another one failed": /, which it waits for, is/,
};

const yes = (record: Readonly<Record<string, boolean>>): string[] =>
  Object.keys(record).filter((name) => record[name]);

/** Everything that histories must come to. */
export const wanted: readonly string[] = [
  ...Object.entries(commands).flatMap(([type, hows]) => hows.map((how) => `${type}: ${how}`)),
  ...yes(enqueueErrors).flatMap((code) => [
    ...(code === "BATCH_REFUSED" ? [] : [`enqueue: ${code}`]),
    `enqueue atomic: ${code}`,
  ]),
  ...yes(actTypes).flatMap((type) => ["ok", ...yes(actErrors)].map((how) => `act ${type}: ${how}`)),
  ...Object.entries(managed).flatMap(([action, states]) =>
    [...states, ...yes(manageCodes)].map((how) => `manage ${action}: ${how}`),
  ),
  ...yes(patches).map((name) => `setQueue ${name}`),
  ...yes(jitters).map((jitter) => `retry with jitter ${jitter}`),
  ...["exponential", "linear", "fixed", "list"].map((backoff) => `retry ${backoff}`),
  ...["queue", "default"].map((whose) => `taken in with the policy of the ${whose}`),
  ...yes(modes).map((mode) => `holder found by ${mode}`),
  ...jobEventTypes.map((type: JobEventType) => `event ${type}`),
  ...moves.map((move) => `breaker ${move}`),
  ...Object.keys(reasons),
  "handed out though one that it waited for failed",
  "holder replaced",
  ...["fired", "skipped", "missed", "buffered"].map((how) => `schedule ${how}`),
];

/** Keeps a list of what histories have come to. */
export class Census {
  readonly #seen = new Set<string>();
  #breakers = new Map<string, string>();
  readonly #schedules = new Map<string, number>();

  get missing(): readonly string[] {
    return wanted.filter((each) => !this.#seen.has(each));
  }

  /** With the next machine. */
  begin(): void {
    this.#breakers = new Map();
    this.#schedules.clear();
  }

  count({ commands: asked }: CommandBatch, applied: Applied, machine: Machine): void {
    applied.outcomes.forEach((outcome, n) => {
      const command = asked[n];
      if (command !== undefined) for (const how of hows(command, outcome)) this.#seen.add(how);
      if (command?.type === "enqueue")
        for (const { id, retry } of command.jobs) this.#taken(id, retry, machine);
    });
    for (const { type, detail } of applied.events) {
      this.#seen.add(`event ${type}`);
      if (type === "cancelled" && detail.startsWith("replaced by")) this.#seen.add("holder replaced");
    }
    for (const notice of applied.notices) {
      if (notice.type === "attemptFailed") this.#retried(notice.id, machine);
      if (notice.type === "breakerChanged") this.#moved(notice.breaker);
      else this.#ended(notice.type === "jobDead" ? notice.reason : notice.error);
    }
    for (const name of machine.scheduleNames()) this.#fired(name, machine);
  }

  #retried(id: JobId, machine: Machine): void {
    const retry = machine.job(id)?.spec.retry;
    if (retry === undefined) return;
    this.#seen.add(`retry with jitter ${retry.jitter}`).add(`retry ${retry.backoff ?? "exponential"}`);
  }

  #taken(id: JobId, { byDefault }: RetryPolicy, machine: Machine): void {
    const { queue, retry } = machine.job(id)?.spec ?? {};
    if (byDefault !== true || queue === undefined) return;
    const whose = retry === machine.queueSettings(queue).retry ? "queue" : "default";
    this.#seen.add(`taken in with the policy of the ${whose}`);
  }

  #moved({ agent, state }: { readonly agent: string; readonly state: string }): void {
    this.#seen.add(`breaker ${this.#breakers.get(agent) ?? "closed"} to ${state}`);
    this.#breakers.set(agent, state);
  }

  #ended(reason: string): void {
    for (const [name, pattern] of Object.entries(reasons)) if (pattern.test(reason)) this.#seen.add(name);
  }

  #fired(name: string, machine: Machine): void {
    const { fired = 0, skipped = 0, missed = 0, bufferedDueAt = null } = machine.schedule(name) ?? {};
    const counts = { fired, skipped, missed, buffered: bufferedDueAt === null ? 0 : 1 };
    for (const [how, count] of Object.entries(counts)) {
      if (count > (this.#schedules.get(`${name} ${how}`) ?? 0)) this.#seen.add(`schedule ${how}`);
      this.#schedules.set(`${name} ${how}`, count);
    }
  }
}

const someOr = (count: number): string => (count > 0 ? "some" : "none");

/** What the command asked for and what came of it, in the words of `wanted`. */
function hows(command: Command, outcome: Outcome): string[] {
  const { type } = outcome;
  switch (type) {
    case "enqueue":
      return enqueued(command, outcome);
    case "claim":
      return [`claim: ${someOr(outcome.jobs.length)}`, ...outcome.jobs.flatMap(ranAllTheSame)];
    case "act":
      return outcome.results.map((result, n) => {
        const act = command.type === "act" ? command.acts[n]?.type : "";
        return `act ${act}: ${result.ok ? "ok" : result.code}`;
      });
    case "cancel":
      return outcome.results.map((result) => `cancel: ${result.ok ? result.state : result.code}`);
    case "manage":
      return outcome.results.map((result) => {
        const action = command.type === "manage" ? command.action : "";
        return `manage ${action}: ${result.ok ? result.state : result.code}`;
      });
    case "setQueue":
      return [
        "setQueue: done",
        ...Object.keys(command.type === type ? command.patch : {}).map((name) => `setQueue ${name}`),
      ];
    case "setBreaker":
      return [`setBreaker: ${outcome.breaker.state}`];
    case "expireClaims":
      return [`expireClaims: ${someOr(outcome.expired)}`];
    case "fireTimers":
      return [`fireTimers: ${someOr(outcome.fired)}`];
    case "resumeWorker":
      return [`resumeWorker: ${someOr(outcome.released)}`];
    case "putSchedule":
      return [`putSchedule: ${outcome.change}`];
    case "deleteSchedule":
      return [`deleteSchedule: ${someOr(Number(outcome.found))}`];
    case "fireSchedule":
      return [`fireSchedule: ${someOr(Number(outcome.enqueued !== null))}`];
    case "pauseSchedule":
      return [`pauseSchedule: ${pausedOr(outcome.schedule)}`];
    case "beginTerm":
      return ["beginTerm: done"];
  }
}

function pausedOr(schedule: Schedule | null): string {
  if (schedule === null) return "none";
  return schedule.paused === null ? "resumed" : "paused";
}

function enqueued(command: Command, { results }: Extract<Outcome, { type: "enqueue" }>): string[] {
  if (command.type !== "enqueue") return [];
  return results.flatMap(({ id, state, existing, refusal }, n) => {
    const spec = command.jobs[n];
    if (refusal !== undefined) {
      return [`enqueue${command.atomic === true ? " atomic" : ""}: ${refusal.code}`];
    }
    if (spec?.id === id) return [`enqueue: ${existing ? "existing" : state}`];
    return ["enqueue: holder", `holder found by ${spec?.dedup?.mode}`];
  });
}

function ranAllTheSame({ dependencies = [] }: Extract<Outcome, { type: "claim" }>["jobs"][number]): string[] {
  const hasFailed = dependencies.some(({ state }) => state === "dead" || state === "cancelled");
  return hasFailed ? ["handed out though one that it waited for failed"] : [];
}
