import { type Mutant, one } from "./edits.ts";

/** Members, snapshots, joins, repair, founding and follower reads. */
export const memberMutants: readonly Mutant[] = [
  {
    name: "the members change before the term's own no-op has committed",
    bug: 13,
    edits: one(
      "raft/memberChange.ts",
      "  if (!isOpen) {\n    const why",
      "  if (replica.commitIndex < 0) {\n    const why",
    ),
  },
  {
    name: "a change of members while another one is not committed",
    bug: 13,
    edits: [
      {
        file: "raft/memberChange.ts",
        from: "  if (replica.isChangingMembership) {",
        to: "  if (replica.commitIndex < 0) {",
      },
      {
        file: "raft/memberChange.ts",
        from: "  if (isJoint(membership)) {\n    return {",
        to: "  if (replica.commitIndex < 0) {\n    return {",
      },
    ],
  },
  {
    name: "the joint configuration is left before it has committed",
    bug: 14,
    edits: one(
      "raft/memberChange.ts",
      "  if (situation.replica.isChangingMembership || !situation.isOpen || situation.isTransferring) return null;",
      "  if (!situation.isOpen || situation.isTransferring) return null;",
    ),
  },
  {
    name: "the joint configuration is never left",
    bug: 14,
    edits: one("raft/memberChange.ts", "  if (isJoint(membership)) return leaveJoint(membership);", ""),
  },
  {
    name: "while joint the new voters decide alone",
    bug: 14,
    edits: one(
      "raft/quorum.ts",
      "return Math.min(incoming, majorityValue(membership.outgoing, valueOf));",
      "return incoming;",
    ),
  },
  {
    name: "several voters change without a joint configuration",
    edits: one(
      "raft/membershipPlan.ts",
      "changed.length > 1 ? before.voters : []",
      "changed.length > 9 ? before.voters : []",
    ),
  },
  {
    name: "a configuration that is cut off stays in force",
    bug: 24,
    edits: one(
      "raft/configurations.ts",
      "this.#later = this.#later.filter((item) => item.index < index);",
      "this.#later = this.#later.filter((item) => item.index < index + 1e9);",
    ),
  },
  {
    name: "a configuration counts only once it is committed",
    edits: one(
      "raft/replica.ts",
      "    return this.configurations.inForce.membership;",
      "    return this.configurations.committed(this.#commitIndex).membership;",
    ),
  },
  {
    name: "a learner is promoted however far behind it is",
    edits: one("raft/memberChange.ts", "  return isNear ? null :", "  return isNear || lag >= 0 ? null :"),
  },
  {
    name: "learners that have caught up are never promoted",
    edits: one(
      "raft/membershipPlan.ts",
      "return details === undefined ? [] : learners",
      "return details !== undefined ? [] : learners",
    ),
  },
  {
    name: "what a member acknowledged before it lost its data still counts",
    bug: 29,
    edits: one(
      "raft/followers.ts",
      "if (membership.details?.[id]?.since === index) this.#progress.delete(id);",
      "",
    ),
  },
  {
    name: "a removed leader goes on leading",
    bug: 16,
    edits: one(
      "raft/leader.ts",
      "return this.#isOpen && !isChangingMembership && !isVoter(membership, id);",
      'return this.#isOpen && !isChangingMembership && id === ("" as typeof id) && isVoter(membership, id);',
    ),
  },
  {
    name: "a snapshot takes away entries that match",
    bug: 10,
    edits: one(
      "raft/installing.ts",
      "  if (replica.log.termAt(index) === term) {",
      "  if (replica.log.termAt(index) === term && index < 0) {",
    ),
  },
  {
    name: "a snapshot is installed although more is committed here",
    edits: [
      {
        file: "raft/installing.ts",
        from: "index <= replica.commitIndex || index > replica.knownCommitted) return;",
        to: "index > replica.knownCommitted) return;",
      },
      {
        file: "raft/replica.ts",
        from: "    assert(index > this.#commitIndex, `a snapshot through ${index} is older than what is committed here`);\n",
        to: "",
      },
    ],
  },
  {
    name: "a snapshot is acknowledged before it is installed",
    bug: 3,
    edits: one(
      "raft/installing.ts",
      'role.offeredInRound, index, "persisted");',
      'role.offeredInRound, index, "now");',
    ),
  },
  {
    name: "a snapshot brings the configuration of its receiver",
    bug: 12,
    edits: one("raft/replica.ts", "    this.configurations.replace(configuration);", ""),
  },
  {
    name: "a snapshot leaves the old machine in place",
    edits: one(
      "node/snapshotInstaller.ts",
      "machine.adopt(await loadMachine(records, runtime, signal));",
      "await loadMachine(records, runtime, signal);",
    ),
  },
  {
    name: "the log is cut above what a member that fetches a snapshot will need",
    edits: one(
      "node/checkpointer.ts",
      "Math.min(target, needs.neededAbove ?? target)",
      "Math.max(target, checkpointed)",
    ),
  },
  {
    name: "a checkpoint holds the configuration of the log's end",
    edits: one(
      "node/stateKeeper.ts",
      "      configuration: options.appliedConfiguration,",
      "      configuration: () => options.status().configuration,",
    ),
  },
  {
    name: "a completed snapshot is not verified",
    edits: one("storage/stagedRecords.ts", "    await this.#verify(header);\n", ""),
  },
  {
    name: "what is staged already is taken without a look",
    edits: one(
      "storage/snapshotReader.ts",
      "if (have !== null && (await this.#checksumOf(afterKey, have.throughKey)) === have.checksum) {",
      "if (have !== null && Buffer.compare(have.throughKey, afterKey) > 0) {",
    ),
  },
  {
    name: "an installed snapshot keeps the log before it",
    bug: 11,
    edits: one(
      "storage/runStore.ts",
      "      for (let run = 0; run < this.#runs.size; run++) {\n        operations.del(runKey(this.#runs.first(run)));",
      "      for (let run = 0; run < this.#runs.size; run++) {",
    ),
  },
  {
    name: "the records of a snapshot are renamed and not synced",
    edits: one(
      "storage/snapshots.ts",
      "    await rename(paths.incoming, path);\n    await syncDirectory(paths.root);",
      "    await rename(paths.incoming, path);",
    ),
  },
  {
    name: "whoever comes under a member's name is let in",
    bug: 29,
    edits: one(
      "transport/gate.ts",
      "    if (known === hello.incarnation) return passes;",
      "    return passes;",
    ),
  },
  {
    name: "a founding member takes part before all have met it",
    bug: 29,
    edits: one(
      "node/founding.ts",
      "    this.#isOver = !founding;",
      "    this.#isOver = founding || !founding;",
    ),
  },
  {
    name: "a newcomer campaigns on what is said of its predecessor",
    bug: 29,
    edits: one(
      "raft/replica.ts",
      "return newcomer === null || membership.details?.[this.id]?.incarnation === newcomer.incarnation;",
      "return newcomer === null || newcomer.incarnation.length > 0;",
    ),
  },
  {
    name: "lost data keeps its incarnation",
    bug: 29,
    edits: one(
      "storage/setAside.ts",
      "    incarnation: Incarnation(randomUUID()),",
      "    incarnation: Incarnation(incarnation),",
    ),
  },
  {
    name: "damaged data is repaired as if it had never been a member's",
    edits: one("storage/setAside.ts", "    joining: { replaces },", "    joining: null,"),
  },
  {
    name: "any directory may take a member's place",
    bug: 29,
    edits: one(
      "node/joinDecision.ts",
      "  if (isRepaired || rejoin) {",
      "  if (isRepaired || rejoin || known !== null) {",
    ),
  },
  {
    name: "a member that lost its data stays a voter",
    bug: 29,
    edits: one(
      "raft/membershipPlan.ts",
      "const stays = (id: NodeId) => !gone.has(id) && !added.includes(id) && !change.promote.includes(id);",
      "const stays = (id: NodeId) => !gone.has(id) && (!added.includes(id) || before.voters.includes(id)) && !change.promote.includes(id);",
    ),
  },
  {
    name: "a follower reads without asking its leader",
    bug: 32,
    edits: one(
      "raft/reading.ts",
      "    role.reads.add(id);\n    forward(server, role, now);\n  } else {",
      '    replica.emit({ type: "releaseRead", id, index: replica.commitIndex });\n  } else {',
    ),
  },
  {
    name: "a leader answers a follower's read without a round",
    bug: 18,
    edits: one(
      "raft/reading.ts",
      "    role.read({ id, from }, now);\n    return;",
      '    replica.send(from, { type: "readIndexReply", term, id, index: replica.commitIndex }, "now");\n    return;',
    ),
  },
  {
    name: "a follower's later reads share the answer to an earlier one",
    bug: 18,
    edits: one(
      "raft/forwardedReads.ts",
      "    const { reads } = this.#request;\n    this.#request = null;",
      "    const reads = [...this.#request.reads, ...this.#waiting];\n    this.#waiting = [];\n    this.#request = null;",
    ),
  },
  {
    name: "the SDK takes the smallest lag it ever saw for the truth",
    edits: one("client/logClock.ts", "const maxFallBehind = 0.15;", "const maxFallBehind = 0;"),
  },
  {
    name: "log time is measured against the own wall clock",
    edits: [
      {
        file: "node/logClock.ts",
        from: "this.#origins.set(peer, wallClockMs - this.#runtime.monotonicMs());",
        to: "this.#origins.set(peer, wallClockMs - this.#runtime.wallMs());",
      },
      {
        file: "node/logClock.ts",
        from: "const origins = [this.#runtime.wallMs() - monotonic, ...this.#origins.values()].sort((a, b) => a - b);",
        to: "const own = this.#runtime.wallMs() - monotonic;\n    const origins = [own, ...[...this.#origins.values()].map((each) => own + each)].sort((a, b) => a - b);",
      },
    ],
  },
  {
    name: "a backup is of the last checkpoint, however old that is",
    edits: one("node/stateKeeper.ts", "    await this.checkpoint();\n    const reader", "    const reader"),
  },
  {
    name: "a backup has its name before it is on disk",
    edits: [
      {
        file: "disaster/backupWriter.ts",
        from: "      await carryOut(path, () => file.sync());\n",
        to: "",
      },
    ],
  },
  {
    name: "two configurations at once write one file",
    edits: one(
      "storage/memberAddresses.ts",
      "return this.#turnstile.run(() => this.#remember(addresses));",
      "return this.#remember(addresses);",
    ),
  },
];
