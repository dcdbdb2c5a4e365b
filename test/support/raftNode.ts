import { LogIndex, MonotonicMs, NodeId, Term } from "../../src/base/brands.ts";
import type { Random } from "../../src/base/random.ts";
import type {
  AppendReply,
  AppendRequest,
  Configuration,
  Effect,
  Entry,
  EntryId,
  Event,
  HardState,
  InstallSnapshot,
  Membership,
  MembershipChange,
  MembershipCodec,
  Message,
  Newcomer,
  RaftConfig,
  RaftStatus,
  Restored,
  SnapshotReply,
  VoteReply,
  VoteRequest,
} from "../../src/raft/index.ts";
import { Raft } from "../../src/raft/index.ts";

export const n1 = NodeId("n1");
export const n2 = NodeId("n2");
export const n3 = NodeId("n3");
export const n4 = NodeId("n4");
export const n5 = NodeId("n5");

export const electionTimeoutMs = 1000;
export const heartbeatIntervalMs = 100;

/** JSON will do: the core does not look into it. */
export const membershipCodec: MembershipCodec = {
  encode: (membership) => new TextEncoder().encode(JSON.stringify(membership)),
  decode: (data) => JSON.parse(new TextDecoder().decode(data)) as Membership,
};

export const defaultConfig: RaftConfig = {
  id: n1,
  electionTimeoutMs,
  heartbeatIntervalMs,
  electionBackoff: { initialMs: 1000, multiplier: 2, maxMs: 60_000 },
  maxAppendBytes: 64 * 1024,
  maxInflightAppends: 16,
  maxInflightBytes: 1024 * 1024,
  maxUncommittedBytes: 1024 * 1024,
  cacheBytes: 1024 * 1024,
  maxPromotionLag: 10,
  membershipCodec,
};

/** Always draws `value`: with 0, an election timeout is exactly `electionTimeoutMs`. */
export function constantRandom(value = 0): Random {
  return { next: () => value, below: (bound) => Math.floor(value * bound) };
}

export interface NodeSetup {
  readonly voters?: readonly NodeId[];
  readonly membership?: Membership;
  /** Index of the entry that brought it. */
  readonly membershipIndex?: number;
  /** The terms of the entries that storage holds, from index 1 (or just above `compacted`) on. */
  readonly log?: readonly (number | readonly [term: number, membership: Membership])[];
  readonly compacted?: EntryId;
  /** Through here the log is applied, hence committed. Default: what is compacted. */
  readonly applied?: number;
  readonly hardState?: HardState;
  readonly newcomer?: Newcomer;
  readonly config?: Partial<RaftConfig>;
  readonly random?: Random;
}

/** What storage would hand back for a log with entries of these terms. */
export function restoredLog(setup: NodeSetup): Restored {
  const compacted = setup.compacted ?? { index: LogIndex(0), term: Term(0) };
  const all = (setup.log ?? []).map((item, offset) => {
    const index = compacted.index + offset + 1;
    return typeof item === "number" ? entry(index, item) : membershipEntry(index, ...item);
  });
  const applied = LogIndex(setup.applied ?? compacted.index);
  return {
    newcomer: setup.newcomer ?? null,
    hardState: setup.hardState ?? { currentTerm: all.at(-1)?.term ?? compacted.term, votedFor: null },
    configuration: {
      index: LogIndex(setup.membershipIndex ?? 0),
      membership: setup.membership ?? votersOnly(setup.voters ?? [n1, n2, n3]),
    },
    compacted,
    appliedIndex: applied,
    termStarts: all
      .filter((item, i) => item.term !== all[i - 1]?.term)
      .map(({ index, term }) => ({ index, term })),
    entries: all.filter((item) => item.index > applied),
  };
}

/**
 * One core on a virtual clock, for tests that look at exact effects. Nothing is durable until `persist()`; the
 * driver's rule for `after: "persisted"` messages is the test's to check.
 */
export class RaftNode {
  readonly raft: Raft;
  now = MonotonicMs(0);
  /** The last round that this node, as a leader, has begun. */
  round = 0;
  #unpersisted: Extract<Effect, { type: "persist" | "installSnapshot" }>[] = [];

  constructor(setup: NodeSetup = {}) {
    const config = { ...defaultConfig, ...setup.config };
    this.raft = new Raft(config, restoredLog(setup), setup.random ?? constantRandom(), this.now);
  }

  get status(): RaftStatus {
    return this.raft.status(this.now);
  }

  step(event: Event): readonly Effect[] {
    const effects = this.raft.step(event, this.now);
    for (const effect of effects) {
      if (effect.type === "persist" || effect.type === "installSnapshot") this.#unpersisted.push(effect);
      if (effect.type === "send" && "entries" in effect.message) this.round = effect.message.round;
    }
    return effects;
  }

  receive(from: NodeId, message: Message): readonly Effect[] {
    return this.step({ type: "receive", from, message });
  }

  /** Lets `ms` pass, then ticks once. */
  elapse(ms: number): readonly Effect[] {
    this.now = MonotonicMs(this.now + ms);
    return this.step({ type: "tick" });
  }

  /** Lets `ms` pass and the node not notice: a stopped process, or a tick that is late. */
  /** It has run for so long that it owes nobody its silence: see `Server.mayOwe`. Nothing else has happened. */
  settled(): this {
    this.now = MonotonicMs(this.now + electionTimeoutMs);
    return this;
  }

  sleep(ms: number): void {
    this.now = MonotonicMs(this.now + ms);
  }

  propose(...data: readonly string[]): readonly Effect[] {
    const proposals = data.map((text, i) => ({ id: i + 1, kind: "command", data: bytes(text) }) as const);
    return this.step({ type: "propose", proposals });
  }

  changeMembership(change: Partial<MembershipChange>, force = false): readonly Effect[] {
    const whole = { add: [], promote: [], remove: [], ...change };
    return this.step({ type: "changeMembership", id: 1, change: whole, force });
  }

  read(id: number): readonly Effect[] {
    return this.step({ type: "read", id });
  }

  /** One durable write of all that is outstanding, reported in one event. */
  persist(): readonly Effect[] {
    const hardState = this.#unpersisted.findLast((write) => write.hardState !== null)?.hardState ?? null;
    const last = this.#unpersisted
      .flatMap((write) => (write.type === "persist" ? write.entries.map(idOf) : [idOf(write.snapshot)]))
      .at(-1);
    this.#unpersisted = [];
    return this.step({ type: "persisted", hardState, lastEntry: last ?? null });
  }

  /** Times out, wins the dry run and the election; its no-op is neither durable nor acknowledged yet. */
  becomeLeader(supporters: readonly NodeId[] = [n2]): readonly Effect[] {
    this.becomeCandidate(supporters);
    this.persist();
    return supporters.flatMap((from) => this.receive(from, vote(this.status.term)));
  }

  becomeCandidate(supporters: readonly NodeId[] = [n2]): readonly Effect[] {
    this.elapse(2 * electionTimeoutMs);
    return supporters.flatMap((from) => this.receive(from, preVote(this.status.term + 1)));
  }

  /** A leader whose no-op is durable here and acknowledged by `supporters`: its term is open for business. */
  becomeSettledLeader(supporters: readonly NodeId[] = [n2]): void {
    this.becomeLeader(supporters);
    this.persist();
    for (const from of supporters) this.receive(from, ack(this.status.term, this.status.lastIndex));
  }
}

export function entry(index: number, term: number, text = ""): Entry {
  return { index: LogIndex(index), term: Term(term), kind: "command", data: bytes(text) };
}

export function membershipEntry(index: number, term: number, membership: Membership): Entry {
  const data = membershipCodec.encode(membership);
  return { index: LogIndex(index), term: Term(term), kind: "membership", data };
}

export function votersOnly(voters: readonly NodeId[]): Membership {
  return { voters, outgoing: [], learners: [] };
}

export function noop(index: number, term: number): Entry {
  return { index: LogIndex(index), term: Term(term), kind: "noop", data: bytes("") };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function idOf({ index, term }: EntryId): EntryId {
  return { index, term };
}

export function hardState(currentTerm: number, votedFor: NodeId | null = null): HardState {
  return { currentTerm: Term(currentTerm), votedFor };
}

export function appendRequest(
  term: number,
  fields: {
    readonly prev?: readonly [index: number, term: number];
    readonly entries?: readonly Entry[];
    readonly commit?: number;
    readonly round?: number;
    readonly matchedByAll?: number;
    readonly acknowledged?: number;
  } = {},
): AppendRequest {
  return {
    type: "appendRequest",
    term: Term(term),
    prevLogIndex: LogIndex(fields.prev?.[0] ?? 0),
    prevLogTerm: Term(fields.prev?.[1] ?? 0),
    entries: fields.entries ?? [],
    leaderCommit: LogIndex(fields.commit ?? 0),
    round: fields.round ?? 1,
    matchedByAll: LogIndex(fields.matchedByAll ?? 0),
    acknowledged: LogIndex(fields.acknowledged ?? 0),
  };
}

export function installSnapshot(
  term: number,
  lastIncluded: readonly [index: number, term: number],
  fields: { readonly round?: number; readonly acknowledged?: number } = {},
): InstallSnapshot {
  return {
    type: "installSnapshot",
    term: Term(term),
    lastIncluded: { index: LogIndex(lastIncluded[0]), term: Term(lastIncluded[1]) },
    round: fields.round ?? 1,
    acknowledged: LogIndex(fields.acknowledged ?? 0),
  };
}

export function snapshotReply(term: number, matchIndex: number, round = 1): SnapshotReply {
  return { type: "snapshotReply", term: Term(term), round, matchIndex: LogIndex(matchIndex) };
}

/** The event with which a driver hands over what it has fetched. */
export function snapshotFetched(
  index: number,
  term: number,
  configuration: Configuration = { index: LogIndex(0), membership: votersOnly([n1, n2, n3]) },
): Event {
  const snapshot = { index: LogIndex(index), term: Term(term), configuration };
  return { type: "snapshotFetched", snapshot };
}

export function ack(term: number, matchIndex: number, round = 1): AppendReply {
  const result = { ok: true, matchIndex: LogIndex(matchIndex) } as const;
  return { type: "appendReply", term: Term(term), round, result };
}

export function rejection(
  term: number,
  rejectedIndex: number,
  hint: readonly [index: number, term: number] = [0, 0],
  round = 1,
): AppendReply {
  const result = {
    ok: false,
    rejectedIndex: LogIndex(rejectedIndex),
    hintIndex: LogIndex(hint[0]),
    conflictTerm: Term(hint[1]),
  } as const;
  return { type: "appendReply", term: Term(term), round, result };
}

export function voteRequest(
  term: number,
  last: readonly [index: number, term: number] = [0, 0],
  type: VoteRequest["type"] = "voteRequest",
  handedOverUntil: number | null = null,
): VoteRequest {
  const [lastLogIndex, lastLogTerm] = [LogIndex(last[0]), Term(last[1])];
  return { type, term: Term(term), lastLogIndex, lastLogTerm, handedOverUntil };
}

export function preVoteRequest(term: number, last: readonly [number, number] = [0, 0]): VoteRequest {
  return voteRequest(term, last, "preVoteRequest");
}

export function vote(term: number, granted = true): VoteReply {
  return { type: "voteReply", term: Term(term), granted };
}

export function preVote(term: number, granted = true): VoteReply {
  return { type: "preVoteReply", term: Term(term), granted };
}

export function send(to: NodeId, message: Message, after: "now" | "persisted"): Effect {
  return { type: "send", to, message, after };
}

export function ofType<T extends Effect["type"]>(
  effects: readonly Effect[],
  type: T,
): readonly Extract<Effect, { type: T }>[] {
  return effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
}

/** The member of the union that may have this type: one member can stand for two (a vote and its dry run). */
type MessageOf<T extends Message["type"], M extends Message = Message> = M extends Message
  ? T extends M["type"]
    ? M
    : never
  : never;

/** The messages of one type among the effects, with whom they go to. */
export function sent<T extends Message["type"]>(
  effects: readonly Effect[],
  type: T,
): readonly { to: NodeId; after: "now" | "persisted"; message: MessageOf<T> }[] {
  return ofType(effects, "send").flatMap(({ to, after, message }) =>
    message.type === type ? [{ to, after, message: message as MessageOf<T> }] : [],
  );
}

/** The one message of a type; fails the test when there is none or more than one. */
export function only<T extends Message["type"]>(effects: readonly Effect[], type: T): MessageOf<T> {
  const [first, ...others] = sent(effects, type);
  if (first === undefined || others.length > 0) {
    throw new Error(`expected one ${type}, found ${others.length + (first === undefined ? 0 : 1)}`);
  }
  return first.message;
}
