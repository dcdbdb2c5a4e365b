import { type Mutant, one } from "./edits.ts";

/** Whose a job is: what goes to workers, and from an old cluster to a new one. */
export const fenceMutants: readonly Mutant[] = [
  {
    name: "tokens do not jump when a cluster is made of old data",
    edits: one("disaster/jump.ts", "indexJump = 1_000_000_000_000;", "indexJump = 1;"),
  },
  {
    name: "a worker is told another token than its claim has",
    edits: one(
      "node/dispatcher.ts",
      "worker.subscription.onJobs(jobs);",
      "worker.subscription.onJobs(jobs.map((job) => ({ ...job, token: (job.token - 1) as typeof job.token })));",
    ),
  },
  {
    name: "a job is handed to another worker than claimed it",
    edits: one(
      "node/dispatcher.ts",
      "worker.subscription.onJobs(jobs);",
      "([...this.#workers].at(-1) ?? worker).subscription.onJobs(jobs);",
    ),
  },
];

/** What belongs to a term, what a disk may let go of, and log time that falls behind. */
export const orderMutants: readonly Mutant[] = [
  {
    name: "workers' streams outlive the leadership that they were opened in",
    edits: one("node/node.ts", "this.#dispatcher.closeAll(this.#notLeader());", ""),
  },
  {
    name: "a new leader does not begin its term, and sees to its duties at once",
    edits: one(
      "node/housekeeper.ts",
      'this.#propose(this.#beginTerm(), "begin the term", term, () => {',
      'this.#propose({ type: "fireTimers" }, "begin the term", term, () => {',
    ),
  },
  {
    name: "the log is cut through what is applied, whatever the checkpoint has",
    edits: one(
      "node/checkpointer.ts",
      "compactionTarget(checkpointed, keptEntries, needs())",
      "compactionTarget(this.#options.machine.appliedIndex, keptEntries, needs())",
    ),
  },
  {
    name: "a checkpoint is said to be of a later entry than it is",
    edits: one(
      "storage/levelRecords.ts",
      "const stored = { appliedIndex, ...this.#digest.total, configuration };",
      "const stored = { appliedIndex: LogIndex(appliedIndex + 1), ...this.#digest.total, configuration };",
    ),
  },
  {
    name: "a new leader goes on from the last stamp, however long nobody led",
    edits: one("node/logClock.ts", "this.#value = Math.max(this.#value, this.#target());", "this.now();"),
  },
  {
    name: "log time runs by the leader's own clock alone, and that is slow",
    edits: one(
      "node/logClock.ts",
      "this.#value + elapsed + slew);\n    return",
      "this.#value + 0.9 * elapsed);\n    return",
    ),
  },
  {
    name: "what was damaged on its way is taken as it is",
    edits: [
      {
        file: "codec/peerWire.ts",
        from: "if (!holds && message.checksum !== 0) throw damagedOnItsWay();",
        to: "",
      },
      { file: "codec/peer.ts", from: "if (this.#areSealed && !holds) throw damagedOnItsWay();", to: "" },
    ],
  },
];
