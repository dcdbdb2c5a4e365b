import { FencingToken, JobId, LogIndex, LogTimeMs } from "../../../src/base/brands.ts";
import type {
  Act,
  Command,
  HeldClaim,
  JobSpec,
  Manage,
  QueuePatch,
  ScheduleSpec,
  WorkerStream,
} from "../../../src/machine/types.ts";
import { hasEnded, type NaiveJob } from "./job.ts";
import { timers } from "./time.ts";
import type { Aim, Elapsed, Intent } from "./wholeHistory.ts";
import type { Window, World } from "./world.ts";

type Of<Kind extends Intent["kind"]> = Extract<Intent, { kind: Kind }>["with"];

const everyMs = 1_000;

/** Turns intents into commands by what there is at that moment, as a leader and its clients would, with their mistakes. */
export class Proposer {
  readonly #world: World;
  /** Every claim that ever was. */
  readonly #claims: HeldClaim[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Call after each entry. */
  observe(): void {
    for (const { spec, lastToken } of this.#world.jobs) {
      if (lastToken === Number(this.#world.index)) this.#claims.push({ id: spec.id, token: lastToken });
    }
  }

  /** Time passes; or it is the moment that matters to one of the intents, or just before or after it. */
  timeAfter(elapsed: Elapsed, intents: readonly Intent[]): LogTimeMs {
    const { now } = this.#world;
    if ("ms" in elapsed) return LogTimeMs(now + elapsed.ms);
    const moments = intents.flatMap((intent) => this.#momentsOf(intent));
    const next = new Set(moments.filter((at) => at > now && at < now + 20_000));
    const at = pickFrom([...next].sort((a, b) => a - b).slice(0, 4), elapsed.moment);
    return LogTimeMs(at === undefined ? now : Math.max(now, at + elapsed.off));
  }

  command(intent: Intent, index: LogIndex, now: LogTimeMs): Command {
    switch (intent.kind) {
      case "enqueue":
        return {
          type: "enqueue",
          jobs: this.#specs(intent.with),
          ...(intent.with.atomic && { atomic: true }),
        };
      case "claim": {
        const { worker: workerId, stream, ...rest } = intent.with;
        return { type: "claim", workerId, ...rest, ...(stream !== null && { stream }) };
      }
      case "act":
        return { type: "act", acts: [this.#act(intent.with, index)] };
      case "cancel":
        return { type: "cancel", ids: this.#unwanted(intent.with), reason: "test" };
      case "expire":
        return { type: "expireClaims", claims: this.#expired(intent.with, now) };
      case "fire":
        return { type: "fireTimers" };
      case "beginTerm":
        return { type: "beginTerm", leader: "n1", ...(intent.with.rules > 0 && intent.with) };
      case "resume":
        return { type: "resumeWorker", ...this.#back(intent.with), held: this.#held(intent.with.keep) };
      case "setQueue": {
        const { queue, patch, fields, pick, ...others } = intent.with;
        const drawn = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
        return { type: "setQueue", queue, patch: { ...someOf(patch, fields, pick), ...drawn } };
      }
      case "setBreaker":
        return { type: "setBreaker", ...intent.with, by: "ann", why: "test" };
      case "manage":
        return {
          type: "manage",
          action: intent.with.action,
          ids: this.#managed(intent.with),
          by: "ann",
          why: "",
        };
      case "putSchedule":
        return this.#put(intent.with, now);
      case "deleteSchedule":
        return { type: "deleteSchedule", ...intent.with };
      case "pauseSchedule":
        return this.#pause(intent.with, now);
      case "fireSchedule":
        return this.#fire(intent.with, now);
    }
  }

  /** At which something is due or over that makes a difference to it. */
  #momentsOf(intent: Intent): number[] {
    const { jobs, schedules, windows } = this.#world;
    const { kind } = intent;
    if (kind === "enqueue") return windows.map(({ until }) => until);
    if (kind === "expire") return jobs.flatMap(({ claim }) => claim?.expiresAt ?? []);
    if (kind === "fireSchedule") return [schedules.get(intent.with.name)?.nextDueAt ?? []].flat();
    return timers(this.#world);
  }

  #specs({ specs: drawn, isBlind, pick, ...wishes }: Of<"enqueue">): readonly JobSpec[] {
    const { areTwins, asksForKept, comesToGone } = wishes;
    const kept = asksForKept ? pickFrom(this.#world.windows, pick) : undefined;
    const isGone = ({ id }: Window): boolean => this.#world.find(id) === undefined;
    const gone = comesToGone ? pickFrom(this.#world.windows.filter(isGone), pick) : undefined;
    const [first] = drawn;
    const own = areTwins && first?.dedup ? { queue: first.queue, key: first.dedup.key } : undefined;
    const specs = drawn.map((spec, n) => {
      if (gone !== undefined && n === 0) return { ...spec, id: gone.id };
      const wanted = own ?? (n === 0 ? kept : n === 1 ? gone : undefined);
      return wanted === undefined ? spec : askingFor(wanted, spec);
    });
    return isBlind ? specs : specs.map((spec, n) => this.#waiting(spec, specs.slice(0, n), pick));
  }

  /** It waits for jobs that are there, or come before it; now and then for those that have failed. */
  #waiting({ waitFor, ...spec }: JobSpec, before: readonly JobSpec[], pick: number): JobSpec {
    if (waitFor === undefined) return spec;
    const failed = [...this.#world.in("dead"), ...this.#world.in("cancelled")];
    const known = (pick % 2 === 0 && failed.length > 0 ? failed : this.#world.jobs).map((job) => job.spec.id);
    const there = [...known, ...before.map(({ id }) => id)].filter((id) => id !== spec.id);
    const ids = new Set(waitFor.ids.flatMap((id, i) => pickFrom(there, id.length * 7 + i * 3 + pick) ?? []));
    return ids.size === 0 ? spec : { ...spec, waitFor: { ...waitFor, ids: [...ids] } };
  }

  /** Now and then of one that there is not. */
  #anyJob(pick: number): JobId {
    return (pick % 8 === 0 ? undefined : pickFrom(this.#world.jobs, pick)?.spec.id) ?? JobId("none");
  }

  /** Any job; or all whose keys outlive them. */
  #unwanted({ pick, isOfKeys }: Of<"cancel">): JobId[] {
    const ofKeys = this.#world.jobs.filter(({ spec }) => (spec.dedup?.windowMs ?? 0) > 0);
    return isOfKeys ? ofKeys.map(({ spec }) => spec.id) : [this.#anyJob(pick)];
  }

  #act({ kind, pick, aim, retryable, wishMs, delayMs }: Of<"act">, index: LogIndex): Act {
    const claim = this.#aimed(aim, pick, index);
    switch (kind) {
      case "complete":
        return { type: kind, ...claim, result: Uint8Array.of(pick & 0xff) };
      case "fail":
        return { type: kind, ...claim, error: `error ${pick}`, retryable, retryAfterMs: wishMs };
      case "extend":
        return { type: kind, ...claim };
      case "release":
        return { type: kind, ...claim, ...(delayMs > 0 && { delayMs }) };
      case "checkpoint":
        return { type: kind, ...claim, data: Uint8Array.of(pick & 0xff) };
      case "progress":
        return { type: kind, ...claim, percent: pick % 2 === 0 ? null : pick % 100, note: `note ${pick}` };
    }
  }

  #aimed(aim: Aim, pick: number, index: LogIndex): HeldClaim {
    const job = pickFrom(this.#world.in(aim === "thisEntry" ? "ready" : "running"), pick);
    if (aim === "old" || aim === "any" || job === undefined) {
      const old = this.#claims.filter(({ id }) => aim === "any" || this.#world.find(id) !== undefined);
      return pickFrom(old, pick) ?? { id: JobId("none"), token: FencingToken(1) };
    }
    return { id: job.spec.id, token: aim === "thisEntry" ? FencingToken(index) : job.lastToken };
  }

  /** What a leader believes to have run out: rightly, or any claim at all. */
  #expired({ isEarly, pick }: Of<"expire">, now: LogTimeMs): HeldClaim[] {
    const over = this.#world.in("running").filter(({ claim }) => claim !== null && claim.expiresAt <= now);
    const old = pickFrom(this.#claims, pick);
    if (!isEarly) return over.map(({ spec, lastToken }) => ({ id: spec.id, token: lastToken }));
    return old === undefined ? [] : [old];
  }

  /** A worker that has claims, on its next stream; or whoever. */
  #back({ isMade, pick, worker, stream }: Of<"resume">): { workerId: string; stream: WorkerStream } {
    const claims = this.#world.in("running").flatMap(({ claim }) => claim ?? []);
    const claim = isMade ? null : pickFrom(claims, pick);
    if (!claim?.stream) return { workerId: worker, stream };
    const { session, number } = claim.stream;
    return { workerId: claim.workerId, stream: { session, number: number + (pick % 3) } };
  }

  #held(keep: number): HeldClaim[] {
    const held = this.#world.in("running").filter((_job, n) => (keep & (1 << (n % 8))) !== 0);
    const running = new Set(this.#world.in("running").map(({ spec }) => spec.id));
    const old = pickFrom(
      this.#claims.filter(({ id }) => running.has(id)),
      keep,
    );
    return [
      ...held.map(({ spec, lastToken }) => ({ id: spec.id, token: lastToken })),
      ...(old === undefined ? [] : [old]),
    ];
  }

  #managed({ action, isFitting, picks }: Of<"manage">): JobId[] {
    const { jobs } = this.#world;
    const fitting = isFitting ? jobs.filter((job) => suits(action, job)) : jobs;
    return picks.map((pick) => pickFrom(fitting, pick)?.spec.id ?? this.#anyJob(pick));
  }

  #put({ name, overlap, jitterMs, job, isAgain }: Of<"putSchedule">, now: LogTimeMs): Command {
    const before = this.#world.schedules.get(name)?.spec;
    const { waitFor: _, ...alone } = job;
    const spec: ScheduleSpec = {
      name,
      timing: { type: "every", everyMs },
      job: { ...alone, id: JobId("") },
      overlap,
      catchUpMs: 3_600_000,
      jitterMs,
      startAt: LogTimeMs(0),
      endAt: LogTimeMs(0),
    };
    return {
      type: "putSchedule",
      spec: (isAgain ? before : undefined) ?? spec,
      nextDueAt: next(now),
      by: "ann",
    };
  }

  #pause({ knows, ...others }: Of<"pauseSchedule">, now: LogTimeMs): Command {
    const known = this.#world.schedules.get(others.name)?.revision ?? LogIndex(1);
    const revision = { it: known, nothing: LogIndex(0), another: LogIndex(known + 1) }[knows];
    return { type: "pauseSchedule", ...others, nextDueAt: next(now), revision };
  }

  #fire({ name, off, missed, isOld }: Of<"fireSchedule">, now: LogTimeMs): Command {
    const schedule = this.#world.schedules.get(name);
    const revision = isOld ? LogIndex(1) : (schedule?.revision ?? LogIndex(1));
    const dueAt = LogTimeMs(Math.max(0, (schedule?.nextDueAt ?? next(now)) + off));
    const nextDueAt = dueAt > 60_000 ? null : LogTimeMs(dueAt + everyMs);
    return { type: "fireSchedule", name, revision, dueAt, nextDueAt, missed };
  }
}

function next(now: number): LogTimeMs {
  return LogTimeMs((Math.floor(now / everyMs) + 1) * everyMs);
}

function askingFor({ queue, key }: Pick<Window, "queue" | "key">, spec: JobSpec): JobSpec {
  return { ...spec, queue, dedup: { mode: "return", windowMs: 0, ...spec.dedup, key } };
}

/** Some of the fields: all together limit so much that nothing goes on. */
function someOf(patch: QueuePatch, fields: number, pick: number): QueuePatch {
  const all = Object.entries(patch);
  const from = pick % Math.max(1, all.length);
  return Object.fromEntries([...all.slice(from), ...all.slice(0, from)].slice(0, fields));
}

function suits(action: Manage["action"], job: NaiveJob): boolean {
  if (action === "runNow") return job.state === "scheduled";
  if (action === "redrive") return hasEnded(job) && job.state !== "completed";
  return job.state !== "running";
}

function pickFrom<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % Math.max(1, items.length)];
}
