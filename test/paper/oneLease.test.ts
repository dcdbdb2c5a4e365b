import { describe, expect, test } from "vitest";
import { LogIndex, MonotonicMs, NodeId, Term } from "../../src/base/brands.ts";
import { type Random, SeededRandom } from "../../src/base/random.ts";
import type { Effect, Message, VoteRequest } from "../../src/raft/index.ts";
import {
  appendRequest,
  electionTimeoutMs,
  hardState,
  heartbeatIntervalMs,
  n1,
  n2,
  n3,
  preVoteRequest,
  RaftNode,
  sent,
  voteRequest,
} from "../support/raftNode.ts";

interface Flying {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

type May = (flying: Flying) => boolean;

const all: May = () => true;
const stepMs = 20;

/** Cores with instant disks. What becomes of their messages is the test's to say. */
class Cores {
  readonly nodes: ReadonlyMap<NodeId, RaftNode>;
  readonly #onSend: (flying: Flying) => void;

  constructor(ids: readonly NodeId[], random: (id: NodeId) => Random, onSend: (flying: Flying) => void) {
    const make = (id: NodeId) => new RaftNode({ voters: ids, config: { id }, random: random(id) });
    this.nodes = new Map(ids.map((id) => [id, make(id)]));
    this.#onSend = onSend;
  }

  of(id: NodeId): RaftNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  take(from: NodeId, effects: readonly Effect[]): void {
    for (const effect of effects)
      if (effect.type === "send") this.#onSend({ from, to: effect.to, message: effect.message });
    if (effects.some(({ type }) => type === "persist")) this.take(from, this.of(from).persist());
  }

  deliver({ from, to, message }: Flying): void {
    this.take(to, this.of(to).receive(from, message));
  }

  tick(id: NodeId): void {
    this.take(id, this.of(id).step({ type: "tick" }));
  }

  elapse(ms: number): void {
    for (const node of this.nodes.values()) node.now = MonotonicMs(node.now + ms);
    for (const id of this.nodes.keys()) this.tick(id);
  }

  /** Those that would act on their lease now. */
  holders(): readonly NodeId[] {
    return [...this.nodes].filter(([, node]) => node.raft.hasLease(node.now)).map(([id]) => id);
  }
}

/** Always this share of what there is to draw from: whoever has 0 campaigns first. */
function fixed(share: number): Random {
  return { next: () => share, below: (bound) => Math.floor(share * bound) };
}

describe("a voter that has acknowledged its leader does not elect another one while the lease lasts", () => {
  // Put it in: raft.ts, `#onReply`: do not ask `staysWithLeader`.
  test("not by a candidate's answer to an old question of its own, in a term that is nobody's yet", () => {
    const flying: Flying[] = [];
    const shares = new Map([
      [n1, 0],
      [n2, 0.95],
      [n3, 0],
    ]);
    const cores = new Cores(
      [n1, n2, n3],
      (id) => fixed(shares.get(id) ?? 0),
      (each) => flying.push(each),
    );
    const [leader, successor, voter] = [cores.of(n1), cores.of(n2), cores.of(n3)];
    /** Delivers what may pass until nothing flies any more; gives back what is held. */
    const run = (may: May, holds: May = () => false): Flying[] => {
      const held: Flying[] = [];
      for (let next = flying.shift(); next !== undefined; next = flying.shift()) {
        if (holds(next)) held.push(next);
        else if (may(next)) cores.deliver(next);
      }
      return held;
    };
    leader.now = MonotonicMs(electionTimeoutMs);
    cores.tick(n1);
    successor.now = voter.now = leader.now;
    run(all);
    expect(cores.holders()).toEqual([n1]);

    // The voter does not hear the leader for a while, and asks for a dry run: the question is long under way.
    const questions: Flying[] = [];
    for (let waited = 0; waited <= electionTimeoutMs; waited += heartbeatIntervalMs) {
      cores.elapse(heartbeatIntervalMs);
      const may: May = ({ from, to }) => from !== n1 || to !== n3;
      questions.push(...run(may, ({ from, message }) => from === n3 && message.type === "preVoteRequest"));
    }
    const old = questions.find(({ to }) => to === n2);
    if (old === undefined) throw new Error("it did not ask");
    cores.elapse(heartbeatIntervalMs);
    run(all);
    expect(voter.status).toMatchObject({ role: "follower", leader: n1, term: 1 });

    // The leader hands over and gives up, since its request is late; the two do not hear of each other.
    const apart: May = ({ from, to }) => from === n3 || to === n3;
    cores.take(n1, leader.step({ type: "transferLeadership", to: n2 }));
    const requests = run(apart, ({ message }) => message.type === "timeoutNow");
    while (leader.raft.isTransferring) {
      cores.elapse(heartbeatIntervalMs);
      run(apart);
    }
    for (const request of requests) cores.deliver(request);
    run(apart);
    expect(successor.status).toMatchObject({ role: "candidate", term: 2 });
    expect(cores.holders()).toEqual([n1]);

    cores.deliver(old);
    run(apart);
    successor.now = MonotonicMs(successor.now + heartbeatIntervalMs);
    cores.tick(n2);
    run(apart);
    expect(voter.status).toMatchObject({ term: 1, leader: n1 });
    expect(successor.status.role).toBe("candidate");
  });

  // Put it in: voting.ts, `hasLiveLeader`: do not ask `mayOwe`.
  test("not when it restarts and has forgotten whom it answered", () => {
    const grants = (node: RaftNode, request: VoteRequest): boolean | undefined => {
      const effects = node.receive(n3, request);
      return [...sent(effects, "voteReply"), ...sent(effects, "preVoteReply")][0]?.message.granted;
    };
    const restarted = (): RaftNode => new RaftNode({ hardState: hardState(1), log: [1] });
    const requests = [
      voteRequest(2, [1, 1]),
      preVoteRequest(2, [1, 1]),
      // Nor whom the leader asked: it may have been given up, and this voter heard so.
      voteRequest(2, [1, 1], "voteRequest", 100),
    ];
    for (const request of requests) {
      const node = restarted();
      expect(grants(node, request)).toBe(false);
      expect(node.status.term).toBe(1);
      node.now = MonotonicMs(electionTimeoutMs - 1);
      expect(grants(node, request)).toBe(false);
      expect(grants(restarted().settled(), request)).toBe(true);
      // Data without a term: nobody was ever answered.
      expect(
        grants(new RaftNode({ log: [] }), { ...request, lastLogIndex: LogIndex(0), lastLogTerm: Term(0) }),
      ).toBe(true);
    }
    // What counts is the leader that speaks since: whom it lets go it need not stick to.
    const led = restarted();
    led.receive(n2, appendRequest(1, { prev: [1, 1] }));
    expect(grants(led, voteRequest(2, [1, 1]))).toBe(false);
    led.step({ type: "peerUnreachable", peer: n2, refused: true });
    expect(grants(led, voteRequest(2, [1, 1]))).toBe(true);
  });

  // Put it in: voting.ts, `isHandedOver`: leave out `heardRound`. Some nine of the seeds show it; the bug above shows in one of hundreds.
  test.each(Array.from({ length: 60 }, (_, i) => i + 1))(
    "seed %i: whatever is late, doubled or lost, no two hold it",
    (seed) => {
      const random = new SeededRandom(`one lease/${seed}`);
      const draw = (share: number): boolean => random.next() < share;
      const ids = Array.from({ length: draw(0.5) ? 3 : 5 }, (_, i) => NodeId(`n${i + 1}`));
      const one = (): NodeId => ids[random.below(ids.length)] ?? n1;
      const link = (from: NodeId, to: NodeId): string => `${from}>${to}`;
      const cutUntil = new Map<string, number>();
      let flying: (Flying & { readonly at: number })[] = [];
      let now = 0;
      const cut = (a: NodeId, b: NodeId, ms: number): void => {
        cutUntil.set(link(a, b), now + ms);
        if (draw(0.7)) cutUntil.set(link(b, a), now + ms);
      };
      const send = (each: Flying): void => {
        const { from, to, message } = each;
        const isAsked = message.type === "timeoutNow" && draw(0.7);
        const isQuestion = /^(voteRequest|preVoteRequest|readIndexRequest)$/.test(message.type);
        const isLate = draw(isQuestion ? 0.5 : 0.05);
        // A successor that is told late has heard nothing of its leader meanwhile either.
        if (isAsked) cut(from, to, electionTimeoutMs * (1.2 + 2 * random.next()));
        else if (!isLate && (cutUntil.get(link(from, to)) ?? 0) > now) return;
        const lateMs = isAsked ? electionTimeoutMs * (1 + random.next()) : isLate ? 5_000 * random.next() : 0;
        for (let copies = draw(0.05) ? 2 : 1; copies > 0; copies--)
          flying.push({ ...each, at: now + 1 + 15 * random.next() + lateMs });
      };
      const cores = new Cores(ids, () => random, send);
      const terms: number[] = [];
      for (let step = 0; step < 1_200; step++) {
        now += stepMs;
        for (const node of cores.nodes.values()) node.now = MonotonicMs(now);
        const due = flying.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
        flying = flying.filter(({ at }) => at > now);
        for (const each of due) {
          cores.deliver(each);
          expect(cores.holders().length).toBeLessThan(2);
        }
        for (const id of ids) if (!draw(0.05)) cores.tick(id);
        const [holder] = cores.holders();
        if (holder !== undefined) terms.push(cores.of(holder).status.term);
        if (draw(0.04)) cut(one(), one(), 4_000 * random.next());
        if (draw(0.01)) cutUntil.clear();
        if (holder !== undefined && draw(0.03))
          cores.take(
            holder,
            cores.of(holder).step({ type: "transferLeadership", to: draw(0.5) ? null : one() }),
          );
        const proposer = one();
        if (draw(0.05)) cores.take(proposer, cores.of(proposer).propose(`${step}`));
        const reader = one();
        if (draw(0.05)) cores.take(reader, cores.of(reader).read(step));
        expect(cores.holders().length).toBeLessThan(2);
      }
      // It is held most of the time, in more than one term.
      expect(new Set(terms).size).toBeGreaterThan(1);
    },
  );
});
