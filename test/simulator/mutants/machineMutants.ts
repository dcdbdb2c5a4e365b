import { type Mutant, one } from "./edits.ts";

export const machineMutants: readonly Mutant[] = [
  {
    name: "a worker may act on a claim without its token",
    bug: 33,
    edits: one(
      "machine/acts.ts",
      "if (claim !== null && claim.token === request.token) {",
      "if (claim !== null) {",
    ),
  },
  {
    name: "a lease ends before its time",
    edits: one(
      "machine/leases.ts",
      "if (claim.token !== token || state.now < claim.expiresAt) continue;",
      "if (claim.token !== token) continue;",
    ),
  },
  {
    name: "an expiry ends whatever claim there is",
    edits: one(
      "machine/leases.ts",
      "if (claim.token !== token || state.now < claim.expiresAt) continue;",
      "",
    ),
  },
  {
    name: "leases are never ended",
    bug: 34,
    edits: one("node/housekeeper.ts", "if (claims.length === 0) return;", "if (claims.length < 1e9) return;"),
  },
  {
    name: "an id is forgotten when its job has ended",
    edits: one(
      "machine/enqueue.ts",
      "if (known !== undefined) return",
      "if (known !== undefined && known.finishedAt === null) return",
    ),
  },
  {
    name: "retries come early",
    edits: one(
      "machine/backoff.ts",
      "for (let n = 1; n < attempt && delay",
      "for (let n = 2; n < attempt && delay",
    ),
  },
  {
    name: "one attempt too many",
    edits: one("machine/attempts.ts", "attempt >= retry.maxAttempts", "attempt > retry.maxAttempts"),
  },
  {
    name: "a released claim costs an attempt",
    edits: one("machine/state.ts", 'if (end === "released") slot.attempt -= 1;', ""),
  },
  {
    name: "a new leader gives no grace to leases",
    edits: one("machine/machine.ts", "graceForAll(state);", ""),
  },
  {
    name: "low priority comes first",
    edits: one("machine/claim.ts", "PriorityLevel[] = [0, 1, 2];", "PriorityLevel[] = [2, 1, 0];"),
  },
  {
    name: "what failed keeps its place in the queue",
    edits: one("machine/attempts.ts", 'failure.end === "expired" ? "old" : "tail"', '"old"'),
  },
  {
    name: "a worker's return gives back what another run of it holds",
    edits: one(
      "machine/resume.ts",
      "claim.stream?.session === stream.session &&",
      "claim.stream !== null &&",
    ),
  },
  {
    name: "a worker's return gives back what it holds",
    edits: one(
      "machine/resume.ts",
      "for (const { id, token } of held) if (lost.get(id)?.lastToken === token) lost.delete(id);",
      "",
    ),
  },
  {
    name: "a cancelled job is tried again",
    edits: one(
      "machine/attempts.ts",
      'if (slot.cancelRequested) {\n    state.finish(slot, "cancelled", slot.reason, null);\n    return null;\n  }',
      "",
    ),
  },
  {
    name: "a timer fires before its time",
    edits: one(
      "machine/timers.ts",
      'if (slot === undefined || (slot.heapKey ?? 0) > state.now) return fired;\n    state.makeReady(slot, "tail");',
      'if (slot === undefined || (slot.heapKey ?? 0) > state.now + 60) return fired;\n    state.makeReady(slot, "tail");',
    ),
  },
  {
    name: "a checkpoint is ahead of its applied index",
    edits: one("machine/checkpoint.ts", "    this.#preserved.set(slot, recordOf(slot));\n", ""),
  },
  {
    name: "how the last claim ended is forgotten on restart",
    edits: one("machine/slot.ts", "course.lastEnd = lastEnd;", ""),
  },
  {
    name: "the order of the ready jobs is forgotten on restart",
    edits: one(
      "machine/slot.ts",
      "this.readyOrder = readyOrder;\n    this.readyAfterMs",
      "this.readyAfterMs",
    ),
  },
];

export const driverMutants: readonly Mutant[] = [
  {
    name: "a refusal for what may still commit",
    edits: one(
      "node/proposer.ts",
      "for (const { waiting } of this.#proposed.values()) {\n      for (const each of waiting) each.reject(outcomeUnknown());",
      "for (const { waiting } of this.#proposed.values()) {\n      for (const each of waiting) each.reject(notDone);",
    ),
  },
  {
    name: "a caller is answered when its entry is in the log, not when it has committed",
    edits: one(
      "node/proposer.ts",
      "this.#proposed.add(index, { ...offered, term });",
      'this.#proposed.add(index, { ...offered, term });\n    for (const { command, resolve } of offered.waiting) {\n      if (command.type === "enqueue") resolve({ type: "enqueue", results: command.jobs.map(({ id }) => ({ id, state: "ready", existing: false })) });\n    }',
    ),
  },
  {
    name: "a read does not wait until it is applied",
    edits: one(
      "node/readBarriers.ts",
      "if (index <= appliedIndex) barrier.resolve();\n    else this.#waiting",
      "if (index >= 0) barrier.resolve();\n    else this.#waiting",
    ),
  },
  {
    name: "log time is the leader's own clock",
    edits: one(
      "node/logClock.ts",
      "return LogTimeMs(Math.floor(this.#value));",
      "return LogTimeMs(Math.floor(this.#runtime.wallMs()));",
    ),
  },
  {
    name: "a duty that was refused is never tried again",
    edits: one("node/housekeeper.ts", "      else settled(null);", ""),
  },
  {
    name: "the room of a worker leaks with every claim",
    edits: one("node/dispatcher.ts", "worker.promised -= slots;", ""),
  },
  {
    name: "the log is cut above the checkpoint",
    edits: one(
      "node/checkpointer.ts",
      "const newest = checkpointed - Math.min(keptAnyway, keptEntries);",
      "const newest = checkpointed + 5;",
    ),
  },
  {
    name: "the marker promises what a truncation takes away",
    edits: one(
      "storage/levelLog.ts",
      "await this.#runs.write({ ...batch, hardState }, (last) => this.#marker.lower(last));",
      "await this.#runs.write({ ...batch, hardState }, async () => undefined);",
    ),
  },
  {
    name: "a cut of the log leaves its old runs behind",
    edits: one(
      "storage/runStore.ts",
      "for (let run = cutFrom ?? this.#runs.size; run < this.#runs.size; run++) {\n        operations.del(runKey(this.#runs.first(run)));",
      "for (let run = cutFrom ?? this.#runs.size; run < this.#runs.size; run++) {",
    ),
  },
  {
    name: "a write is taken for durable when it was handed over",
    bug: 3,
    edits: one("storage/runStore.ts", "await operations.commit();\n  }", "void operations.commit();\n  }"),
  },
  {
    name: "records of purged jobs stay",
    edits: one(
      "storage/jobPages.ts",
      "const taken = gone.filter((sequence) => (before.live & ~put & bitOf(sequence)) !== 0);",
      "const taken: number[] = [];",
    ),
  },
  {
    name: "damage of the log goes unnoticed at the start",
    edits: [
      {
        file: "codec/frame.ts",
        from: "const isIntact = checksum === null || crc32(frame.subarray(offsetOf.length), checksum) === stored;",
        to: "const isIntact = stored >= 0;",
      },
    ],
  },
];
