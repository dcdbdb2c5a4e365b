import { afterEach, describe, expect, it } from "vitest";
import { NodeId } from "../../src/base/brands.ts";
import { encodeHello, encodeMessage } from "../../src/codec/peer.ts";
import { defaultLimits } from "../../src/transport/types.ts";
import { until } from "../support/until.ts";
import {
  helloFrom,
  member,
  numbered,
  RawDialler,
  TestPeer,
  type TestPeerOptions,
  testTimings,
} from "./support.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<Closable extends { close(): Promise<void> }>(each: Closable): Closable {
  open.push(each);
  return each;
}

const c = NodeId("c");
const incarnationOfC = "incarnation of c";
/** Nothing leaves by itself within a test. */
const patient = { timings: { ...testTimings, departureMs: 600_000, guestSilenceMs: 600_000 } };
const brief = { timings: { ...testTimings, departureMs: 100, guestSilenceMs: 100 } };

/** `a` leads a cluster that has taken `c` in by entry 5; `c` itself knows nothing of it yet. */
async function withNewMember(options: TestPeerOptions): Promise<{ a: TestPeer; joined: TestPeer }> {
  const joined = keep(await TestPeer.startAlone("c", options));
  const a = keep(await TestPeer.start("a", {}, options));
  a.configure(5, { a: null, c: member(joined.address, incarnationOfC, 5) });
  await until("the new member to be reached", () => a.stats("c").connected);
  return { a, joined };
}

function hears(peer: TestPeer, term: number): boolean {
  return peer.listener.messages.some(({ message }) => message.term === term);
}

describe("a new member", () => {
  it("is dialled at the address that the configuration names, and answers before it has the configuration", async () => {
    const { a, joined } = await withNewMember(patient);
    a.transport.send(c, numbered(1));
    await until("the leader's message", () => hears(joined, 1));
    await until("a stream back", () => joined.stats("a").connected);
    joined.transport.send(a.id, numbered(2));
    await until("the answer", () => hears(a, 2));
    expect(joined.listener.infos.get(a.id)).toMatchObject({ peerAddress: a.address });
    expect(joined.listener.count("reachable a")).toBe(1);

    joined.configure(5, { a: null, c: member(joined.address, incarnationOfC, 5) });
    joined.transport.send(a.id, numbered(3));
    await until("a message of the member that it now knows to be", () => hears(a, 3));
    expect([a.stats("c").connects, joined.stats("a").connects]).toEqual([1, 1]);
  });

  it("learns where a founding member listens from that one's hello", async () => {
    const joined = keep(await TestPeer.startAlone("c"));
    joined.configure(5, { a: null, c: member(joined.address, incarnationOfC, 5) });
    joined.transport.send(NodeId("a"), numbered(1));
    expect(joined.linesAbout("no address is known for a member").length).toBe(1);
    const a = keep(await TestPeer.start("a", {}));
    a.configure(5, { a: null, c: member(joined.address, incarnationOfC, 5) });
    await until("a stream back", () => joined.transport.stats().peers.get(a.id)?.connected === true);
    joined.transport.send(a.id, numbered(2));
    await until("its message", () => hears(a, 2));
  });

  it("that moved is dialled at its new address", async () => {
    const { a, joined } = await withNewMember(patient);
    await joined.close();
    const moved = keep(await TestPeer.startAlone("c"));
    expect(moved.address).not.toBe(joined.address);
    a.configure(8, { a: null, c: member(moved.address, incarnationOfC, 5) });
    await until("a stream to the new address", () => moved.listener.infos.has(a.id));
    await until("it to be open", () => a.stats("c").connected);
    a.transport.send(c, numbered(4));
    await until("a message there", () => hears(moved, 4));
  });

  it("whose address cannot be dialled does no harm, and is told of once", async () => {
    const a = keep(await TestPeer.start("a", {}));
    a.configure(5, { a: null, c: member("nowhere", incarnationOfC, 5) });
    a.configure(6, { a: null, c: member("nowhere", incarnationOfC, 5) });
    a.transport.send(c, numbered(1));
    expect(a.linesAbout("names an address for a member that cannot be dialled").length).toBe(1);
  });
});

describe("a member that is removed", () => {
  it("goes on hearing what the leader must still say, and is heard", async () => {
    const joined = keep(await TestPeer.startAlone("c", patient));
    const a = keep(await TestPeer.start("a", {}, patient));
    const members = { a: null, c: member(joined.address, incarnationOfC, 5) };
    // First, so that it calls as the member that it is about to have been.
    joined.configure(5, members);
    a.configure(5, members);
    await until(
      "both streams",
      () => a.stats("c").connected && joined.transport.stats().peers.get(a.id)?.connected,
    );
    a.transport.send(c, numbered(1));
    a.configure(7, { a: null });
    a.transport.send(c, numbered(2));
    joined.transport.send(a.id, numbered(3));
    await until("messages in both directions", () => hears(joined, 2) && hears(a, 3));
    expect(hears(joined, 1)).toBe(true);
  });

  it("is let go of after a while", async () => {
    const { a, joined } = await withNewMember(brief);
    joined.configure(5, { a: null, c: member(joined.address, incarnationOfC, 5) });
    await until("a stream back", () => joined.stats("a").connected);
    a.configure(7, { a: null });
    await until("it to be let go of", () => a.transport.stats().peers.size === 0);
    await until("its stream to end", () => joined.listener.count("unreachable a") === 1);
    expect(a.listener.events).toEqual(["reachable c", "left c", "unreachable c"]);
    expect(a.transport.stats().peers.size).toBe(0);
  });

  it("and taken in again at once keeps its streams", async () => {
    const { a, joined } = await withNewMember(brief);
    a.configure(7, { a: null });
    a.configure(5, { a: null, c: member(joined.address, incarnationOfC, 5) });
    // Another one is removed meanwhile: when it is let go of, the time of the first would have been up, too.
    a.configure(8, {
      a: null,
      c: member(joined.address, incarnationOfC, 5),
      d: member(joined.address, "d", 8),
    });
    a.configure(9, { a: null, c: member(joined.address, incarnationOfC, 5) });
    await until("the other one to be let go of", () => !a.transport.stats().peers.has(NodeId("d")));
    expect(a.stats("c")).toMatchObject({ connected: true, connects: 1 });
  });

  it("is told, once, while it is turned away again and again, and gets in when the removal was rolled back", async () => {
    const a = keep(await TestPeer.start("a", {}));
    a.configure(7, { a: null });
    const removed = new TestPeer("c", { a: a.address });
    keep(removed);
    removed.configure(5, { a: null, c: member("127.0.0.1:1", incarnationOfC, 5) });
    await removed.transport.start(removed.listener);
    await until("three refusals", () => a.transport.stats().refusedHandshakes >= 3);
    expect(removed.listener.removals).toEqual([
      {
        by: "a",
        why:
          `node "c", a member as of entry 5, was removed from the cluster by the configuration of entry 7; stop it, ` +
          "and delete or set aside its data directory",
      },
    ]);
    expect(removed.listener.events).toEqual(["unreachable a", "removed by a"]);
    expect(a.listener.infos.size).toBe(0);

    a.configure(5, { a: null, c: member(removed.address, incarnationOfC, 5) });
    await until("it to be let in again", () => removed.stats("a").connected && a.stats("c").connected);
    removed.transport.send(a.id, numbered(8));
    await until("its message", () => hears(a, 8));
  });

  it("while it runs is told when its time is up", async () => {
    const { a, joined } = await withNewMember(brief);
    joined.configure(5, { a: null, c: member(joined.address, incarnationOfC, 5) });
    await until("both streams", () => a.stats("c").connected && joined.stats("a").connected);
    a.configure(7, { a: null });
    await until("the word of the removal", () => joined.listener.removals.length === 1);
    expect(joined.listener.removals[0]).toMatchObject({ by: "a", why: expect.stringContaining("entry 7") });
    expect(a.listener.removals).toEqual([]);
  });

  it("of a founding cluster, by a node that has a newer configuration, is told although its own has index 0", async () => {
    const a = keep(await TestPeer.start("a", { b: "127.0.0.1:1" }));
    a.configure(7, { a: null, b: null });
    const removed = keep(await TestPeer.start("c", { a: a.address }));
    await until("the word", () => removed.listener.removals.length === 1);
    expect(removed.stats("a").connects).toBe(0);
  });

  it("is not what a node is called that was never taken in, nor one whose configuration is the newer one", async () => {
    const a = keep(await TestPeer.start("a", {}));
    a.configure(7, { a: null });
    const stranger = keep(new RawDialler(a.address));
    stranger.send(encodeHello(helloFrom("s", "a", { member: false })));
    const ahead = keep(new RawDialler(a.address));
    ahead.send(encodeHello(helloFrom("t", "a", { configurationIndex: 8 })));
    await until("both to be answered", () => stranger.frames.length + ahead.frames.length === 2);
    expect([...stranger.frames, ...ahead.frames]).toMatchObject([{ type: "hello" }, { type: "hello" }]);
  });
});

describe("guests", () => {
  const limits = { ...defaultLimits, maxGuests: 3 };

  async function guest(a: TestPeer, id: string): Promise<RawDialler> {
    const raw = keep(new RawDialler(a.address));
    raw.send(encodeHello(helloFrom(id, "a", { configurationIndex: 8 })));
    await until("an answer", () => raw.frames.length === 1);
    return raw;
  }

  it("are bounded, and a seat that becomes free is given to the next", async () => {
    const a = keep(await TestPeer.start("a", { b: "127.0.0.1:1" }, { ...patient, limits }));
    const [first] = [await guest(a, "g1"), await guest(a, "g2"), await guest(a, "g3")];
    expect((await guest(a, "g4")).frames).toMatchObject([
      { type: "refusal", refusal: { code: "OVERLOADED", message: expect.stringContaining("3 others") } },
    ]);
    expect((await guest(a, "b")).frames).toMatchObject([{ type: "hello" }]);
    expect((await guest(a, "g2")).frames).toMatchObject([{ type: "hello" }]);
    await first.close();
    await until("a seat", async () => (await guest(a, "g4")).frames[0]?.type === "hello");
    expect([...a.transport.stats().peers.keys()].sort()).toEqual(["b", "g2", "g3", "g4"]);
  });

  it("that say nothing give way, those that are heard do not", async () => {
    const a = keep(await TestPeer.start("a", {}, { ...brief, limits: { ...limits, maxGuests: 2 } }));
    const heard = await guest(a, "g1");
    const silent = await guest(a, "g2");
    let term = 0;
    await until("the silent one to give way", async () => {
      heard.send(encodeMessage(numbered(++term), 1));
      await until("it to be heard", () => hears(a, term));
      return (await guest(a, "g3")).frames[0]?.type === "hello";
    });
    await until("its stream to end", () => silent.ended !== null);
    expect(heard.ended).toBeNull();
  });

  it("whose stream has ended are forgotten after a while", async () => {
    const a = keep(await TestPeer.start("a", {}, brief));
    const gone = await guest(a, "g1");
    expect(a.transport.stats().peers.has(NodeId("g1"))).toBe(true);
    await gone.close();
    await until("it to be forgotten", () => a.transport.stats().peers.size === 0);
    expect(a.listener.events).toContain("left g1");
  });

  it("that become members are held to what the configuration names", async () => {
    const a = keep(await TestPeer.start("a", {}, patient));
    const [right, wrong] = [await guest(a, "g1"), await guest(a, "g2")];
    const [meant, other] = [
      member("127.0.0.1:1", "incarnation of g1", 9),
      member("127.0.0.1:1", "another", 9),
    ];
    a.configure(9, { a: null, g1: meant, g2: other });
    await until("the wrong one's stream to end", () => wrong.ended !== null);
    expect(wrong.ended).toContain("another");
    right.send(encodeMessage(numbered(6), 1));
    await until("the right one to be heard", () => hears(a, 6));
  });

  it("that become members under another data directory are not sent anything more", async () => {
    const a = keep(await TestPeer.start("a", {}, patient));
    const other = keep(await TestPeer.startAlone("c"));
    // It calls by itself: it knows a configuration that is newer than ours.
    other.configure(8, {
      a: member(a.address, "incarnation of a", 1),
      c: member(other.address, incarnationOfC, 8),
    });
    await until("streams both ways", () => a.transport.stats().peers.get(c)?.connected === true);
    a.configure(9, { a: null, c: member(other.address, "the one that is meant", 9) });
    await until("our stream to end", () => !a.stats("c").connected);
    expect(a.linesAbout("the one that is meant").length).toBeGreaterThan(0);
  });
});
