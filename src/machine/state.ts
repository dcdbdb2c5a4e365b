import { assert } from "../base/assert.ts";
import { FencingToken, type JobId, LogIndex, LogTimeMs } from "../base/brands.ts";
import { AgentsInBackoff } from "./agentsInBackoff.ts";
import { Aside } from "./aside.ts";
import { claimEnded } from "./breakerRules.ts";
import { Breakers } from "./breakers.ts";
import { CheckpointTracker } from "./checkpoint.ts";
import type { JobEvent, JobEventType } from "./jobEvents.ts";
import { cancelRequestedCode, changedCode, purgedCode, renewedCode, stateCodes } from "./jobHashCodes.ts";
import { JobTable } from "./jobTable.ts";
import { JobTemplates, ownOf } from "./jobTemplate.ts";
import { cutText, maxErrorLength, maxHistory } from "./limits.ts";
import { Queues } from "./queueState.ts";
import { Rates } from "./rates.ts";
import { SideTable } from "./sideTable.ts";
import { JobSlot, type Standing } from "./slot.ts";
import { SlotHeap } from "./slotHeap.ts";
import { StateHash } from "./stateHash.ts";
import type {
  AttemptEnd,
  Claim,
  ClaimNews,
  Dependency,
  JobEnd,
  JobSpec,
  JobState,
  MetaRecord,
  Notice,
  WorkerStream,
} from "./types.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * All that the log has made so far, with its indexes. A job changes only through the methods here, each of which
 * leaves a pre-image for a checkpoint under way, moves the job between the indexes, keeps the counts and feeds the
 * state hash. The commands (enqueue.ts, claim.ts, ...) decide *which* change.
 */
export class MachineState {
  appliedIndex = LogIndex(0);
  now = LogTimeMs(0);
  /** That are followed: see rules.ts. */
  rules = 0;
  nextSequence = 1;
  nextReadyOrder = 1;
  totals: Mutable<MetaRecord["totals"]> = { enqueued: 0, purged: 0, attempts: 0, failures: 0, deaths: 0 };
  /** What deletes of the entry being applied may still spend on telling dependents. */
  toTell = 0;
  /** `totals.purged` before the entry being applied. */
  purgedBefore = 0;
  /** Of the entry being applied. */
  notices: Notice[] = [];
  ended: JobId[] = [];
  claimNews: ClaimNews[] = [];
  events: JobEvent[] = [];

  readonly jobs: JobTable;
  readonly hash = new StateHash();
  readonly templates = new JobTemplates();
  readonly checkpoints: CheckpointTracker;
  /** What is kept beside jobs: settings, breakers, ... */
  readonly side = new SideTable();
  readonly aside = new Aside(this.side);
  /** Names of all schedules. */
  readonly schedules = new Set<string>();
  /** Jobs at whose end a schedule's buffered firing begins, and its name. */
  readonly awaited = new Map<JobId | "", string>();
  readonly breakers = new Breakers(this.side);
  readonly rates = new Rates(this.side);
  readonly queues = new Queues({
    breakers: this.breakers,
    rates: this.rates,
    side: this.side,
    turned: new Set(),
  });
  /** Jobs that wait for others. */
  readonly waiting = new SlotHeap();
  /** Scheduled jobs by due time. */
  readonly due = new SlotHeap();
  /** Running jobs by the end of their lease. */
  readonly leases = new SlotHeap();
  /** Ended jobs by the time at which retention removes them; the dead apart, so that they are quick to list. */
  readonly finished = new SlotHeap();
  readonly dead = new SlotHeap();
  readonly agentsInBackoff = new AgentsInBackoff();

  /** `seed`: see `JobTable`; no part of the state. */
  constructor(seed: number) {
    this.jobs = new JobTable((name) => this.queues.known(name), seed);
    this.checkpoints = new CheckpointTracker(this.jobs);
  }

  /** From here on, unless newer ones are followed. */
  follow(rules: number): void {
    if (rules <= this.rules) return;
    this.rules = rules;
    this.hash.mix(rules);
  }

  /** A new job: ready at the tail, or scheduled when `dueAt` is still to come, or waiting for others. */
  add(spec: JobSpec, dueAt: LogTimeMs, dependencies: readonly Dependency[] | null = null): JobSlot {
    const queue = this.queues.enter(spec.queue);
    const { id, payload } = spec;
    const template = this.templates.of(spec, this.templates.policyOf(spec, queue.settings.retry));
    const sequence = this.nextSequence++;
    const slot = new JobSlot({
      id,
      template,
      own: ownOf(spec),
      queue,
      payload,
      sequence,
      enqueuedAt: this.now,
    });
    this.jobs.add(slot);
    this.checkpoints.added(slot);
    this.totals.enqueued += 1;
    if (dependencies !== null) {
      slot.needRare().dependencies = dependencies;
      this.#enter(slot, "waiting");
    } else this.#begin(slot, dueAt);
    this.tell(slot, "enqueued");
    return slot;
  }

  #begin(slot: JobSlot, dueAt: LogTimeMs): void {
    if (dueAt > this.now) {
      slot.dueAt = dueAt;
      this.#enter(slot, "scheduled");
    } else {
      slot.readyOrder = this.nextReadyOrder++;
      slot.readyAfterMs = this.now - slot.enqueuedAt;
      this.#queued(slot);
      this.#enter(slot, "ready");
    }
  }

  /** All that it waited for has ended: as if it came now, with what is left of its delay. */
  endWait(slot: JobSlot): void {
    this.#leave(slot);
    const { runAt = 0, delayMs = 0 } = slot.own ?? {};
    const isAnew = (slot.rare?.redrivenAt ?? null) !== null;
    this.#begin(slot, LogTimeMs(isAnew ? 0 : Math.max(runAt, slot.enqueuedAt + delayMs)));
    this.tell(slot, slot.state === "ready" ? "ready" : "scheduled");
  }

  /** Begins anew, with all its attempts; what it saved, and its history, stay. */
  redrive(slot: JobSlot, dependencies: readonly Dependency[] | null, by: string): void {
    this.#leave(slot);
    const rare = slot.needRare();
    rare.redrivenAt = this.now;
    rare.dependencies = dependencies;
    rare.progress = null;
    rare.lastDelayMs = 0;
    slot.attempt = 0;
    slot.dueAt = LogTimeMs(0);
    slot.finishedAt = null;
    slot.reason = "";
    slot.cancelRequested = false;
    if (dependencies === null) this.#begin(slot, LogTimeMs(0));
    else this.#enter(slot, "waiting");
    this.tell(slot, "redriven", by);
  }

  schedule(slot: JobSlot, dueAt: LogTimeMs): void {
    this.#leave(slot);
    slot.dueAt = dueAt;
    this.#enter(slot, "scheduled");
    this.tell(slot, "scheduled");
  }

  /** Ready at the tail of its lane, or at its old place there. `dueAt` is kept: it answers a repeated `fail`. */
  makeReady(slot: JobSlot, place: "tail" | "old", dueAt = slot.dueAt): void {
    this.#leave(slot);
    slot.dueAt = dueAt;
    if (place === "tail") {
      slot.readyOrder = this.nextReadyOrder++;
      slot.readyAfterMs = this.now - slot.enqueuedAt;
    }
    if (slot.lastToken === 0) this.#queued(slot);
    this.#enter(slot, "ready", place);
    this.tell(slot, "ready");
  }

  /** Hands the job to a worker: one more attempt, with the entry's index for a fencing token. */
  run(slot: JobSlot, workerId: string, stream: WorkerStream | null): Claim {
    this.#leave(slot);
    const token = FencingToken(this.appliedIndex);
    const expiresAt = LogTimeMs(this.now + slot.template.leaseMs);
    const claim = { token, workerId, stream, claimedAt: this.now, expiresAt };
    slot.attempt += 1;
    slot.dueAt = LogTimeMs(0);
    slot.claim = claim;
    slot.lastToken = token;
    slot.lastEnd = null;
    if (slot.rare !== null && this.rules < 1) slot.rare.queuedAt = null;
    this.totals.attempts += 1;
    this.#enter(slot, "running");
    this.tell(slot, "started", workerId);
    return claim;
  }

  /** The claim is over; the caller then says what becomes of the job. A released claim gives its attempt back. */
  endClaim(slot: JobSlot, end: AttemptEnd, error: string): Claim {
    const claim = slot.claim;
    assert(claim !== null, "only a running job has a claim to end");
    this.checkpoints.touch(slot);
    if (end !== "completed") {
      const { token, workerId, claimedAt: startedAt } = claim;
      const record = { attempt: slot.attempt, token, workerId, startedAt, endedAt: this.now, end, error };
      slot.history = [...slot.history.slice(1 - maxHistory), record];
      if (end !== "cancelled") this.tell(slot, end, error);
    }
    slot.claim = null;
    slot.lastEnd = end;
    slot.rare?.claimEnded(claim, end, this.now);
    if (slot.template.agent !== "") claimEnded(this, slot, claim, end, error);
    if (end === "released") slot.attempt -= 1;
    return claim;
  }

  finish(slot: JobSlot, to: JobEnd, reason: string, result: Uint8Array | null): void {
    this.#leave(slot);
    slot.reason = reason;
    slot.result = result;
    if (result !== null) this.checkpoints.grew(slot, result.length);
    slot.finishedAt = this.now;
    if (slot.rare !== null) slot.rare.queuedAt = null;
    if (slot.rare !== null && to === "completed") slot.rare.saved = null;
    if (to === "dead") this.totals.deaths += 1;
    this.ended.push(slot.id);
    this.#enter(slot, to);
    // Not under rules 0: nodes that come to the same entry with release 0.1.0 and are upgraded then would not have it.
    if (slot.own?.dedup !== undefined)
      this.aside.dedup.keep(slot, this.now, this.rules >= 1 ? to : undefined);
    this.aside.flows.ended(slot);
    this.tell(slot, to, reason);
  }

  /** Dead though no attempt of it is under way. */
  die(slot: JobSlot, why: string): void {
    const { id, template, attempt } = slot;
    const { queue, agent } = template;
    const reason = cutText(why, maxErrorLength);
    this.finish(slot, "dead", reason, null);
    this.notices.push({ type: "jobDead", id, queue, agent, attempts: attempt, reason, workerId: "" });
  }

  /** Before a change that moves the job between no indexes; `detail` is part of the hash. */
  touch(slot: JobSlot, detail: number): void {
    this.checkpoints.touch(slot);
    this.#mix(slot, changedCode, detail);
  }

  tell(slot: JobSlot, type: JobEventType, detail = ""): void {
    const { queue, agent } = slot.template;
    const { id, state, attempt, lastToken: token } = slot;
    this.events.push({ type, id, queue, agent, state, attempt, token, detail });
  }

  renew(slot: JobSlot, claim: Claim, expiresAt: LogTimeMs): void {
    this.checkpoints.touch(slot);
    slot.claim = { ...claim, expiresAt };
    this.leases.rekey(slot, expiresAt);
    this.#mix(slot, renewedCode, expiresAt);
  }

  requestCancel(slot: JobSlot, reason: string): void {
    this.checkpoints.touch(slot);
    slot.cancelRequested = true;
    slot.reason = reason;
    this.#mix(slot, cancelRequestedCode, this.now);
    this.tell(slot, "cancelRequested", reason);
    if (slot.claim !== null) this.tellHolder(slot.id, slot.claim, null);
  }

  /** News of a claim for its holder; see `ClaimNews`. */
  tellHolder(id: JobId, { token, workerId, stream }: Claim, end: ClaimNews["end"]): void {
    this.claimNews.push({ id, token, workerId, stream, end });
  }

  /** Retention is over: the job and its id are forgotten. */
  purge(slot: JobSlot): void {
    this.checkpoints.removed(slot);
    this.#unindex(slot);
    this.tell(slot, "removed");
    this.jobs.remove(slot);
    this.queues.leave(slot.queue);
    this.totals.purged += 1;
    this.ended.push(slot.id);
    this.#mix(slot, purgedCode, this.now);
  }

  /** Puts a slot into the indexes of its state; also how a restored one gets there. */
  index(slot: JobSlot, place: "tail" | "old" = "tail"): void {
    switch (slot.state) {
      case "ready":
        if (place === "old") slot.queue.lanes[slot.level].giveBack(slot);
        else this.indexReady(slot);
        return;
      case "waiting":
        this.waiting.push(slot, slot.sequence);
        break;
      case "scheduled":
        this.due.push(slot, slot.dueAt);
        if (slot.attempt > 0) this.agentsInBackoff.count(slot.template.agent, 1);
        break;
      case "running":
        this.leases.push(slot, slot.claim?.expiresAt ?? 0);
        slot.queue.began(slot);
        break;
      case "completed":
      case "cancelled":
        this.finished.push(slot, (slot.finishedAt ?? 0) + slot.template.retentionMs);
        break;
      case "dead":
        this.dead.push(slot, (slot.finishedAt ?? 0) + slot.template.deadRetentionMs);
        break;
    }
    slot.queue.count(slot.state, 1);
  }

  /** At the tail of its lane. */
  indexReady(slot: Standing): void {
    slot.queue.lanes[slot.level].append(slot);
  }

  /** Brings the side table up to date with what changes too often to be kept there. */
  flushSide(): void {
    this.rates.flush();
    this.queues.flush();
  }

  meta(): MetaRecord {
    return {
      kind: "meta",
      appliedIndex: this.appliedIndex,
      now: this.now,
      nextSequence: this.nextSequence,
      nextReadyOrder: this.nextReadyOrder,
      stateHash: this.hash.toString(),
      ...(this.rules > 0 && { rules: this.rules }),
      totals: { ...this.totals },
    };
  }

  #leave(slot: JobSlot): void {
    this.checkpoints.touch(slot);
    this.#unindex(slot);
  }

  /** It waits for its first claim from now on. */
  #queued(slot: JobSlot): void {
    if ((slot.template.timeouts?.queueMs ?? 0) > 0) slot.needRare().queuedAt = this.now;
  }

  #enter(slot: JobSlot, state: JobState, place: "tail" | "old" = "tail"): void {
    slot.state = state;
    this.index(slot, place);
    this.aside.enter(slot);
    this.#mix(slot, stateCodes[state], state === "ready" ? slot.readyOrder : (slot.heapKey ?? 0));
  }

  #unindex(slot: JobSlot): void {
    this.aside.leave(slot);
    switch (slot.state) {
      case "ready":
        slot.queue.lanes[slot.level].remove(slot);
        return;
      case "waiting":
        this.waiting.remove(slot);
        break;
      case "scheduled":
        this.due.remove(slot);
        if (slot.attempt > 0) this.agentsInBackoff.count(slot.template.agent, -1);
        break;
      case "running":
        this.leases.remove(slot);
        slot.queue.ended(slot);
        break;
      case "completed":
      case "cancelled":
        this.finished.remove(slot);
        break;
      case "dead":
        this.dead.remove(slot);
        break;
    }
    slot.queue.count(slot.state, -1);
  }

  #mix(slot: JobSlot, code: number, detail: number): void {
    this.hash.mix(slot.sequence);
    this.hash.mix(code + slot.attempt * 16);
    this.hash.mix(slot.lastToken);
    this.hash.mix(detail);
  }
}
