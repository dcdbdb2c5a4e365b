import { type Mutant, one } from "./edits.ts";

export const raftMutants: readonly Mutant[] = [
  {
    name: "an entry of an earlier term commits by counting",
    bug: 1,
    edits: one(
      "raft/leader.ts",
      "if (matched <= commitIndex || log.termAt(matched) !== currentTerm) return;",
      "if (matched <= commitIndex) return;",
    ),
  },
  {
    name: "a clever tally that is no quorum: half of an even number",
    bug: 2,
    edits: one(
      "raft/quorum.ts",
      "values[Math.floor(voters.length / 2)]",
      "values[Math.floor((voters.length - 1) / 2)]",
    ),
  },
  {
    name: "the highest match index counts as the quorum's",
    bug: 2,
    edits: one("raft/quorum.ts", "values[Math.floor(voters.length / 2)]", "values[0]"),
  },
  {
    name: "messages that rest on a write leave before it",
    bug: 3,
    edits: one(
      "node/durableWriter.ts",
      "this.#gathering.messages.push({ to, message });",
      "this.#options.transport.send(to, message);",
    ),
  },
  {
    name: "the hard state is never saved",
    bug: 3,
    edits: one(
      "node/durableWriter.ts",
      "if (effect.hardState !== null) gathering.hardState = effect.hardState;",
      "",
    ),
  },
  {
    name: "a vote is granted before it is on disk",
    bug: 3,
    edits: one(
      "raft/voting.ts",
      'const after = granted ? "persisted" : replica.afterTerm;',
      'const after = granted ? "now" : replica.afterTerm;',
    ),
  },
  {
    name: "the vote is forgotten when a candidate steps down within its term",
    bug: 5,
    edits: [
      {
        file: "raft/server.ts",
        from: "if (term > this.replica.currentTerm) this.replica.enterTerm(term);",
        to: "if (term >= this.replica.currentTerm) this.replica.enterTerm(term);",
      },
      {
        file: "raft/replica.ts",
        from: "assert(term > this.currentTerm,",
        to: "assert(term >= this.currentTerm,",
      },
    ],
  },
  {
    name: "a heartbeat commits beyond what it verified",
    bug: 7,
    edits: one(
      "raft/following.ts",
      "replica.commitTo(LogIndex(Math.min(request.leaderCommit, matched)));",
      "replica.commitTo(LogIndex(Math.min(request.leaderCommit, replica.log.lastIndex)));",
    ),
  },
  {
    name: "entries that match already are cut and written again",
    bug: 8,
    edits: one("raft/following.ts", "return position === -1 ? entries.length : position;", "return 0;"),
  },
  {
    name: "the consistency check looks only whether there is an entry",
    edits: one(
      "raft/following.ts",
      "if (index > commitIndex) return log.termAt(index) === term;",
      "if (index > commitIndex) return log.termAt(index) !== undefined;",
    ),
  },
  {
    name: "a shorter log of the same term may win",
    edits: one("raft/voting.ts", "return lastLogIndex >= log.lastIndex;", "return true;"),
  },
  {
    name: "a log of an older term may win",
    edits: one(
      "raft/voting.ts",
      "if (lastLogTerm !== log.lastTerm) return lastLogTerm > log.lastTerm;",
      "if (lastLogTerm !== log.lastTerm) return true;",
    ),
  },
  {
    name: "two votes in a term",
    edits: [
      {
        file: "raft/voting.ts",
        from: "const isFree = replica.votedFor === null || replica.votedFor === from;",
        to: "const isFree = true;",
      },
      {
        file: "raft/replica.ts",
        from: "assert(this.votedFor === null || this.votedFor === candidate, `term ${this.currentTerm}: voted twice`);",
        to: "",
      },
    ],
  },
  {
    name: "a read before the term's first commit",
    bug: 17,
    edits: [
      {
        file: "raft/leader.ts",
        from: "if (this.#isOpen) this.#reads.joinRound(round, this.#replica.commitIndex);",
        to: "this.#reads.joinRound(round, this.#replica.commitIndex);",
      },
      {
        file: "raft/leader.ts",
        from: "if (this.#isOpen && this.#reads.wantRound) this.#beginRound(now);",
        to: "if (this.#reads.wantRound) this.#beginRound(now);",
      },
    ],
  },
  {
    name: "a read is confirmed by acknowledgements older than itself",
    bug: 18,
    edits: one(
      "raft/reads.ts",
      "batch !== undefined && batch.round <= round;",
      "batch !== undefined && batch.round <= round + 1;",
    ),
  },
  {
    name: "a read rests on what the leader believes of itself",
    bug: 32,
    edits: one(
      "raft/leader.ts",
      "this.#reads.add(read);\n    this.#beginReadRound(now);",
      "this.#release({ ...read, index: this.#replica.commitIndex });",
    ),
  },
  {
    name: "a rejection's index counts as matched",
    bug: 22,
    edits: one(
      "raft/progress.ts",
      'if (rejectedIndex <= this.#matchIndex || this.#state === "snapshot") return false;',
      "this.#matchIndex = LogIndex(Math.max(this.#matchIndex, retryFrom));",
    ),
  },
  {
    name: "the count of uncommitted bytes leaks",
    bug: 26,
    edits: one(
      "raft/leader.ts",
      "if (entry.term === currentTerm) this.#uncommittedBytes -= entry.data.length;",
      "",
    ),
  },
  {
    name: "a failed leadership transfer freezes writes",
    bug: 30,
    edits: one(
      "raft/leader.ts",
      "if (this.#transfer !== null && now >= this.#transfer.endsAt) {",
      "if (this.#transfer !== null && now < 0) {",
    ),
  },
  {
    name: "the leader counts itself before its own disk is done",
    bug: 3,
    edits: one(
      "raft/leader.ts",
      "if (id === this.#replica.id) return this.#replica.durability.index;",
      "if (id === this.#replica.id) return this.#replica.log.lastIndex;",
    ),
  },
  {
    name: "a heartbeat's answer claims what is not on disk yet",
    bug: 3,
    edits: one(
      "raft/following.ts",
      "const matchIndex = LogIndex(Math.min(matched, replica.durability.index));",
      "const matchIndex = matched;",
    ),
  },
  {
    name: "entries are applied that are not on the own disk",
    edits: one(
      "raft/replica.ts",
      "const through = LogIndex(Math.min(this.#commitIndex, this.durability.index));",
      "const through = this.#commitIndex;",
    ),
  },
  {
    name: "a late report vouches for an entry that was written over",
    bug: 20,
    edits: [
      {
        file: "raft/durability.ts",
        from: "if (log.termAt(lastEntry.index) !== lastEntry.term) return;",
        to: "",
      },
      { file: "raft/durability.ts", from: "if (this.#mayPredateCut(lastEntry, hardState)) return;", to: "" },
    ],
  },
];
