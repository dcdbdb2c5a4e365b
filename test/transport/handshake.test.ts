import { afterEach, describe, expect, it } from "vitest";
import { ClusterId, Incarnation, LogIndex, NodeId } from "../../src/base/brands.ts";
import { encodeHello, encodeMessage } from "../../src/codec/peer.ts";
import { TcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";
import { helloFrom, MemoryIncarnations, numbered, RawDialler, TestPeer } from "./support.ts";

/** The entry that took a founding member in: none. */
const founded = LogIndex(0);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<Closable extends { close(): Promise<void> }>(each: Closable): Closable {
  open.push(each);
  return each;
}

/**
 * `dialler` calls `acceptor` again and again and is turned away each time: nothing gets through, and each side
 * says so once. Resolves to what both said.
 */
async function turnedAway(dialler: TestPeer, to: string, acceptor: TestPeer): Promise<string> {
  await until("four refusals", () => acceptor.transport.stats().refusedHandshakes >= 4);
  dialler.transport.send(NodeId(to), numbered(1));
  expect(dialler.listener.count(`reachable ${to}`)).toBe(0);
  expect(dialler.stats(to)).toMatchObject({ connected: false, connects: 0, droppedDisconnected: 1 });
  expect(acceptor.listener.messages).toEqual([]);
  const said = reasonsOf(dialler, "the peer turns this node away");
  expect(said).toHaveLength(1);
  expect(reasonsOf(acceptor, "a node that wanted to connect was turned away")).toEqual(said);
  return String(said[0]);
}

function reasonsOf(peer: TestPeer, line: string): unknown[] {
  const lines = peer.lines.filter(({ message }) => message === line);
  return lines.map(({ fields }) => ("reason" in fields ? fields.reason : undefined));
}

describe("a node is turned away", () => {
  it("when it belongs to another cluster", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const local = { clusterId: ClusterId("other") };
    const a = keep(await TestPeer.start("a", { b: b.address }, { local }));
    expect(await turnedAway(a, "b", b)).toMatch(/"a" belongs to cluster "other", "b" to "test"/);
  });

  it("when it meant another node", async () => {
    const c = keep(await TestPeer.start("c", { a: "127.0.0.1:1" }));
    const a = keep(await TestPeer.start("a", { b: c.address }));
    expect(await turnedAway(a, "b", c)).toMatch(/"a" meant to reach "b" and reached "c"/);
  });

  it.each(["", "nowhere", "0.0.0.0:7500", "[::]:7500", "127.0.0.1:0"])(
    "when it is no member, and cannot be answered at %j",
    async (address) => {
      const b = keep(await TestPeer.start("b", { c: "127.0.0.1:1" }));
      const a = keep(await TestPeer.start("a", { b: b.address }, { local: { peerAddress: () => address } }));
      expect(await turnedAway(a, "b", b)).toContain(
        `"a" is no member known here, and cannot be answered at its peer address ${JSON.stringify(address)}`,
      );
    },
  );

  it("when it comes under the acceptor's own id, even if it is the acceptor", async () => {
    const link = keep(await TcpProxy.listen());
    const a = keep(await TestPeer.start("a", { b: link.address }));
    link.target = a.address;
    expect(await turnedAway(a, "b", a)).toMatch(/says it is "a", which is this node's own id/);
  });

  it("when its incarnation changed, until the directory is restored", async () => {
    const incarnations = new MemoryIncarnations();
    incarnations.remember(NodeId("a"), founded, Incarnation("the old one"));
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }, { incarnations }));
    const wiped = keep(await TestPeer.start("a", { b: b.address }));
    expect(await turnedAway(wiped, "b", b)).toMatch(
      /comes with incarnation "incarnation of a", but "the old one" was/,
    );
    expect(incarnations.known(NodeId("a"), founded)).toBe("the old one");
    await wiped.close();

    const local = { incarnation: Incarnation("the old one") };
    const restored = keep(await TestPeer.start("a", { b: b.address }, { local }));
    await until("the restored node to connect", () => restored.stats("b").connected);
  });

  it("when its protocol is another", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const raw = keep(new RawDialler(b.address));
    raw.send(encodeHello(helloFrom("a", "b", { protocol: 2 })));
    await until("the refusal", () => raw.ended !== null);
    expect(raw.frames).toMatchObject([
      {
        type: "refusal",
        refusal: { message: expect.stringMatching(/speaks peer protocol 2, "b" .* speaks 1/) },
      },
    ]);
  });

  it("when it shows no incarnation", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const raw = keep(new RawDialler(b.address));
    raw.send(encodeHello(helloFrom("a", "b", { incarnation: "" })));
    await until("the refusal", () => raw.ended !== null);
    expect(raw.frames).toMatchObject([{ type: "refusal" }]);
  });
});

describe("the dialler turns the acceptor away", () => {
  it("when its incarnation changed", async () => {
    const incarnations = new MemoryIncarnations();
    incarnations.remember(NodeId("b"), founded, Incarnation("the old one"));
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const a = keep(await TestPeer.start("a", { b: b.address }, { incarnations }));
    const told = (): number => b.listener.infos.size;
    await until("b to accept a", () => told() === 1);
    await until("a to turn b away", () => a.linesAbout("was turned away").length > 0);
    expect(a.linesAbout("the old one").length).toBe(1);
    expect(a.listener.events).toEqual(["unreachable b"]);
  });
});

describe("nothing gets past the handshake", () => {
  it("a message before the hello closes the stream", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const raw = keep(new RawDialler(b.address));
    raw.send(encodeMessage(numbered(1), 1));
    raw.send(encodeHello(helloFrom("a", "b")));
    await until("the end of the stream", () => raw.ended !== null);
    expect(raw.ended).toContain("a message came out of turn");
    expect(b.listener.messages).toEqual([]);
    expect(b.transport.stats().malformedFrames).toBe(1);
  });

  it("a first contact is let in only after it was remembered, and its early messages are not", async () => {
    let finishWriting = (): void => undefined;
    const written = new Promise<void>((resolve) => {
      finishWriting = resolve;
    });
    const asked: string[] = [];
    const incarnations = new MemoryIncarnations();
    const slow = {
      known: (id: NodeId, since: LogIndex) => incarnations.known(id, since),
      remember: async (id: NodeId, since: LogIndex, incarnation: Incarnation) => {
        asked.push(id);
        await written;
        incarnations.remember(id, since, incarnation);
      },
    };
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }, { incarnations: slow }));
    const hasty = keep(new RawDialler(b.address));
    hasty.send(encodeHello(helloFrom("a", "b")));
    const patient = keep(new RawDialler(b.address));
    await until("the first contact to be written", () => asked.length === 1);
    hasty.send(encodeMessage(numbered(1), 1));
    patient.send(encodeHello(helloFrom("a", "b")));
    await until("the hasty stream to be closed", () => hasty.ended !== null);
    expect(b.listener.infos.size).toBe(0);
    finishWriting();
    await until("the answer to the patient one", () => patient.frames.length === 1);
    expect(patient.frames).toMatchObject([{ type: "hello" }]);
    expect(asked).toEqual(["a"]);
    expect(b.listener.messages).toEqual([]);
  });

  it("of two first contacts under one id the later one is held against the first", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const first = keep(new RawDialler(b.address));
    first.send(encodeHello(helloFrom("a", "b")));
    await until("the first to be let in", () => first.frames.length === 1);
    const second = keep(new RawDialler(b.address));
    second.send(encodeHello(helloFrom("a", "b", { incarnation: "another" })));
    await until("the second to be answered", () => second.ended !== null);
    expect(second.frames).toMatchObject([{ type: "refusal", refusal: { code: "IDENTITY_MISMATCH" } }]);
    first.send(encodeMessage(numbered(7), 1));
    await until("the first to be heard still", () => b.listener.messages.length === 1);
  });

  it("an incarnation that cannot be written is turned away, and let in once it can", async () => {
    const incarnations = new MemoryIncarnations();
    let failures = 2;
    const failing = {
      known: (id: NodeId, since: LogIndex) => incarnations.known(id, since),
      remember: (id: NodeId, since: LogIndex, incarnation: Incarnation) => {
        failures -= 1;
        if (failures >= 0) throw new Error("no space left");
        incarnations.remember(id, since, incarnation);
      },
    };
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }, { incarnations: failing }));
    const a = keep(await TestPeer.start("a", { b: b.address }));
    await until("a to be let in", () => a.stats("b").connected);
    expect(b.transport.stats().refusedHandshakes).toBe(2);
    expect(b.linesAbout("no space left").length).toBe(1);
  });

  it("a later stream of the same node ends the earlier one", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const earlier = keep(new RawDialler(b.address));
    earlier.send(encodeHello(helloFrom("a", "b")));
    await until("the earlier stream", () => earlier.frames.length === 1);
    const later = keep(new RawDialler(b.address));
    later.send(encodeHello(helloFrom("a", "b")));
    await until("the later to take over", () => later.frames.length === 1 && earlier.ended !== null);
    later.send(encodeMessage(numbered(2), 1));
    await until("the later one's message", () => b.listener.messages.length === 1);
    expect(later.ended).toBeNull();
  });
});
