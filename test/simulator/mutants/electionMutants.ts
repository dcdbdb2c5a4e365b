import type { Mutant } from "./edits.ts";

/**
 * Who is elected and who stays in office, and in which order what is promised comes to the disk. Of the bugs that others
 * shipped one has no place here: 21, a disk whose writes are done out of order. `DurableWriter` has one write under way at a
 * time and `LevelLog` one batch after the other, so that the core never hears of the second before the first; that it would
 * lose no progress if it did is held by `test/scenarios/disk-out-of-order.txt`.
 */
export const electionMutants: readonly Mutant[] = [
  {
    name: "the term is saved first, and the vote by a write of its own",
    bug: 4,
    edits: [
      {
        file: "node/durableWriter.ts",
        from: "await log.write(batch);",
        to: `const { hardState } = batch;
      if (hardState !== null) await log.write({ ...batch, hardState: { ...hardState, votedFor: null } });
      await log.write(hardState === null ? batch : { hardState, truncateFrom: null, entries: [] });`,
      },
    ],
  },
  {
    name: "entries are saved first, and their term by a write of its own",
    bug: 6,
    edits: [
      {
        file: "node/durableWriter.ts",
        from: "await log.write(batch);",
        to: `const { hardState } = batch;
      if (hardState !== null && batch.entries.length > 0) {
        await log.write({ ...batch, hardState: null });
        await log.write({ hardState, truncateFrom: null, entries: [] });
      } else await log.write(batch);`,
      },
    ],
  },
  {
    name: "entries that are compacted away count as missing",
    bug: 9,
    edits: [
      {
        file: "raft/following.ts",
        from: "(entry) => entry.index > commitIndex && log.termAt(entry.index) !== entry.term,",
        to: "(entry) => log.termAt(entry.index) !== entry.term,",
      },
    ],
  },
  {
    name: "who does not know that it is a voter refuses its vote",
    bug: 15,
    edits: [
      {
        file: "raft/voting.ts",
        from: "reply(replica, from, request, isUpToDate(replica, request));",
        to: "reply(replica, from, request, replica.mayCampaign && isUpToDate(replica, request));",
      },
      {
        file: "raft/voting.ts",
        from: "const granted = isFree && isUpToDate(replica, request);",
        to: "const granted = isFree && replica.mayCampaign && isUpToDate(replica, request);",
      },
    ],
  },
  {
    name: "a read rests on the leader's lease, also while it hands over",
    bug: 19,
    edits: [
      {
        file: "raft/leader.ts",
        from: "this.#reads.add(read);\n    this.#beginReadRound(now);",
        to: `if (this.#isOpen && now < (this.leaseUntil(now) ?? 0)) {
      this.#release({ ...read, index: this.#replica.commitIndex });
      return;
    }
    this.#reads.add(read);
    this.#beginReadRound(now);`,
      },
    ],
  },
  {
    name: "a cut removes the log's runs one after the other, the first one first",
    bug: 25,
    edits: [
      {
        file: "storage/runStore.ts",
        from: "await this.#commit((operations) => {",
        to: `for (let run = (cutFrom ?? this.#runs.size) + (kept.length > 0 ? 1 : 0); run < this.#runs.size; run++)
      await this.#commit((operations) => void operations.del(runKey(this.#runs.first(run))));
    await this.#commit((operations) => {`,
      },
    ],
  },
  {
    name: "who is in a later term says nothing to a leader of an earlier one",
    bug: 27,
    edits: [
      {
        file: "raft/following.ts",
        from: "    refuseOldTerm(replica, from, request);\n    return;",
        to: "    return;",
      },
    ],
  },
  {
    name: "who once had a leader never votes for another one",
    bug: 27,
    edits: [
      {
        file: "raft/voting.ts",
        from: "return now - role.heardAt < replica.config.electionTimeoutMs;",
        to: "return true;",
      },
    ],
  },
  {
    name: "a leader whose entries do not fit is not heard",
    bug: 28,
    edits: [
      {
        file: "raft/following.ts",
        from: "  follow(server, from, request, now);\n  replica.learnMatchedByAll",
        to: `  const { role } = server;
  const follows = role.name === "follower" && role.leader === from && replica.currentTerm === request.term;
  if (!follows || agreesAt(replica, request.prevLogIndex, request.prevLogTerm))
    follow(server, from, request, now);
  replica.learnMatchedByAll`,
      },
    ],
  },
  {
    name: "a leader whose disk hangs stays in office",
    bug: 31,
    edits: [
      {
        file: "node/handover.ts",
        from: "if (writeStalledMs < this.#offeredAtMs) this.#offeredAtMs = 0;",
        to: "if (writeStalledMs >= 0) return;",
      },
    ],
  },
  {
    name: "voters go over to a successor that was given up",
    edits: [
      {
        file: "raft/voting.ts",
        from: 'return role.name === "follower" && role.leader !== null && role.heardRound < handedOverUntil;',
        to: 'return role.name === "follower";',
      },
    ],
  },
  {
    name: "who has just restarted votes at once",
    edits: [
      {
        file: "raft/voting.ts",
        from: "return server.mayOwe(now);",
        to: "return server.mayOwe(now) && now < 0;",
      },
    ],
  },
  {
    name: "who hears its leader enters a later term by anybody's answer",
    edits: [
      {
        file: "raft/raft.ts",
        from: "if (staysWithLeader(this.#server, from, now)) return;",
        to: 'if (from === "" && staysWithLeader(this.#server, from, now)) return;',
      },
    ],
  },
];
