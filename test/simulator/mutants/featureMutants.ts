import { type Mutant, one } from "./edits.ts";

/** Limits, breakers, dedup keys, timeouts, flows, schedules, and what attempts leave behind. */
export const featureMutants: readonly Mutant[] = [
  {
    name: "leases end by the leader's wall clock",
    edits: [
      {
        file: "node/ticking.ts",
        from: "this.#options.housekeeper.check(driver.clock.now());",
        to: "this.#options.housekeeper.check(Math.floor(this.#options.runtime.wallMs()) as never);",
      },
      {
        file: "machine/leases.ts",
        from: "if (claim.token !== token || state.now < claim.expiresAt) continue;",
        to: "if (claim.token !== token) continue;",
      },
    ],
  },
  {
    name: "a half-open breaker lets two probes through",
    edits: one(
      "machine/breakers.ts",
      'return state === "closed" || (state === "halfOpen" && probe === null);',
      'return state === "closed" || (state === "halfOpen" && probe !== undefined);',
    ),
  },
  {
    name: "a breaker is forgotten on restart",
    edits: one(
      "machine/restore.ts",
      'if (record.kind === "breaker") breakers.restore(record.breaker);',
      'if (record.kind === "breaker") taken += 0;',
    ),
  },
  {
    name: "an ended probe leaves its breaker half-open",
    edits: one(
      "machine/breakerRules.ts",
      '  if (says === "succeeded") reset(state, agent);\n  else if (says === "failed") open(',
      '  if (says === "failed") open(',
    ),
  },
  {
    name: "the retry policy of a queue is ignored",
    edits: one("machine/jobTemplate.ts", "    if (ofQueue !== null) return ofQueue;\n", ""),
  },
  {
    name: "the retry policy of a queue goes before the job's own",
    edits: one(
      "machine/jobTemplate.ts",
      "if (retry.byDefault !== true) return retry;",
      "if (retry.byDefault !== true && ofQueue === null) return retry;",
    ),
  },
  {
    name: "success does not reset the count of failures",
    edits: one("machine/breakerRules.ts", '    else if (says === "succeeded") reset(state, agent);\n', ""),
  },
  {
    name: "a limit counts what one claim hands out, and not what is running",
    edits: one(
      "machine/queueState.ts",
      "return roomOf(this.#settings, this.running, this.#context.rates);",
      "return roomOf(this.#settings, 0, this.#context.rates);",
    ),
  },
  {
    name: "an agent's limit is one too high",
    edits: one(
      "machine/queueState.ts",
      "return Math.max(0, maxRunningPerAgent - (",
      "return Math.max(0, 1 + maxRunningPerAgent - (",
    ),
  },
  {
    name: "a paused queue hands jobs out",
    edits: one("machine/queueState.ts", "  if (paused !== null) return 0;\n", ""),
  },
  {
    name: "a rate limit is whole again after a failover",
    edits: one(
      "machine/machine.ts",
      "        graceForAll(state);\n",
      "        graceForAll(state);\n        while (state.rates.freeNext(Number.MAX_SAFE_INTEGER as never) !== null);\n",
    ),
  },
  {
    name: "what a rate limit has let through is forgotten on restart",
    edits: one(
      "machine/restore.ts",
      'else if (record.kind === "rate") rates.restore(record, settingsIn(side, record.queue));',
      'else if (record.kind === "rate") taken += 0;',
    ),
  },
  {
    name: "dedup windows are off",
    edits: one("machine/dedup.ts", "if (until <= now) return;", "if (until >= 0) return;"),
  },
  {
    name: "dedup windows are forgotten on restart",
    edits: one(
      "machine/restore.ts",
      'else if (record.kind === "meta") this.#takeMeta(record);',
      'else if (record.kind === "meta") this.#takeMeta(record);\n      else if (record.kind === "dedup") continue;',
    ),
  },
  {
    name: "dedup keys of active jobs are forgotten on restart",
    edits: one(
      "machine/restore.ts",
      "if (slot !== null) state.aside.enter(slot);",
      "if (slot !== null) {\n      state.aside.enter(slot);\n      state.aside.dedup.release(slot);\n    }",
    ),
  },
  {
    name: "a retry does not wait for its backoff",
    edits: one(
      "machine/attempts.ts",
      "const delayMs = backoffDelayMs(",
      "const delayMs = 0 * backoffDelayMs(",
    ),
  },
  {
    name: "the last delay is forgotten on restart",
    edits: one("machine/rareState.ts", "this.lastDelayMs = lastDelayMs ?? 0;", "this.lastDelayMs = 0;"),
  },
  {
    name: "a timeout fires before its time",
    edits: one(
      "machine/timeouts.ts",
      "if (first === undefined || (first.heapKey ?? 0) > state.now) return fired;",
      "if (first === undefined || (first.heapKey ?? 0) > state.now + 60) return fired;",
    ),
  },
  {
    name: "an attempt's timeout begins with the job",
    edits: one(
      "machine/timeouts.ts",
      "const at = slot.claim.claimedAt + attemptMs;",
      "const at = slot.enqueuedAt + attemptMs;",
    ),
  },
  {
    name: "since when a job waits is forgotten on restart",
    edits: one("machine/rareState.ts", "this.queuedAt = queuedAt ?? null;", "this.queuedAt = null;"),
  },
  {
    name: "a snooze counts as an attempt",
    edits: one(
      "machine/attempts.ts",
      "    state.schedule(slot, LogTimeMs(state.now + delayMs));\n  } else",
      "    slot.attempt += 1;\n    state.schedule(slot, LogTimeMs(state.now + delayMs));\n  } else",
    ),
  },
  {
    name: "what an attempt saved is lost when its lease runs out",
    edits: one(
      "machine/state.ts",
      "    slot.claim = null;\n    slot.lastEnd = end;",
      '    slot.claim = null;\n    if (end === "expired" && slot.rare !== null) slot.rare.saved = null;\n    slot.lastEnd = end;',
    ),
  },
  {
    name: "what an attempt saved is forgotten on restart",
    edits: one("machine/rareState.ts", "this.saved = job.checkpoint ?? null;", "this.saved = null;"),
  },
  {
    name: "a job goes on before all that it waits for has ended",
    edits: one(
      "machine/flows.ts",
      "if (dependencies.every((each) => each.state !== null)) state.endWait(slot);",
      "if (dependencies.filter((each) => each.state === null).length < 2) state.endWait(slot);",
    ),
  },
  {
    name: "dependents whose telling was cut off by a restart never hear",
    edits: one(
      "machine/flows.ts",
      "if (known !== undefined && known.finishedAt !== null) this.ended",
      "if (known !== undefined && known.finishedAt !== null && id.length === 0) this.ended",
    ),
  },
  {
    name: "a schedule fires twice after a change of leaders",
    edits: [
      {
        file: "node/housekeeper.ts",
        from: "    if (this.#openedTerm !== term) return;\n    this.#scheduler.check(now);",
        to: "    this.#scheduler.check(now);\n    if (this.#openedTerm !== term) return;",
      },
      {
        file: "node/housekeeper.ts",
        from: "    this.#scheduler.stop();\n    this.#propose(this.#beginTerm()",
        to: "    this.#scheduler.lead();\n    this.#propose(this.#beginTerm()",
      },
      {
        file: "machine/schedules.ts",
        from: "before.revision !== revision || before.nextDueAt !== dueAt) return null;",
        to: "before.revision !== revision) return null;",
      },
      {
        file: "machine/schedules.ts",
        from: "  const id = firingId(name, dueAt);\n  const runAt",
        to: "  const id = `${firingId(name, dueAt)}/${schedule.fired}` as JobId;\n  const runAt",
      },
    ],
  },
  {
    name: "a schedule's firing enqueues although its last job is active",
    edits: one(
      "machine/schedules.ts",
      'if (overlap === "allow" || !isActive(state, schedule.lastJobId))',
      'if (overlap !== "bufferOne" || !isActive(state, schedule.lastJobId))',
    ),
  },
  {
    name: "a redriven job keeps the attempts that it had",
    edits: one(
      "machine/state.ts",
      "    rare.lastDelayMs = 0;\n    slot.attempt = 0;",
      "    rare.lastDelayMs = 0;",
    ),
  },
  {
    name: "the machine's newer rules are followed before all members know them",
    edits: one(
      "node/peers.ts",
      "return this.format >= newestRulesSince ? newestRules : 0;",
      "return newestRulesSince > 0 ? newestRules : 0;",
    ),
  },
  {
    name: "which rules the machine follows is forgotten on restart",
    edits: one("machine/restore.ts", "    state.rules = meta.rules ?? 0;\n", ""),
  },
  {
    name: "how a dedup key's holder ended is forgotten with it",
    edits: one("machine/state.ts", "this.rules >= 1 ? to : undefined", "undefined"),
  },
  {
    name: "a claim that is given back has taken the queue's timeout away",
    edits: one(
      "machine/state.ts",
      "if (slot.rare !== null && this.rules < 1) slot.rare.queuedAt = null;",
      "if (slot.rare !== null) slot.rare.queuedAt = null;",
    ),
  },
  {
    name: "another spec of a schedule keeps what waits of the old one",
    edits: one(
      "machine/schedules.ts",
      "before !== undefined && state.rules >= 1;",
      "before !== undefined && state.rules >= 2;",
    ),
  },
];
