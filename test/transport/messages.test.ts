import { afterEach, describe, expect, it } from "vitest";
import { NodeId } from "../../src/base/brands.ts";
import { frameOf } from "../../src/codec/frame.ts";
import { until } from "../support/until.ts";
import { appendOf, type ConnectedPair, connectedPair, entriesOf, numbered, TestPeer } from "./support.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function pair(): Promise<ConnectedPair> {
  const connected = await connectedPair();
  open.push(connected);
  return connected;
}

describe("messages between two nodes", () => {
  it("arrive in order, both ways, with the sender and its wall clock", async () => {
    const { a, b } = await pair();
    const before = Date.now();
    for (let i = 1; i <= 2_000; i++) {
      a.transport.send(b.id, numbered(i));
      b.transport.send(a.id, numbered(i + 10_000));
    }
    await until(
      "all messages",
      () => a.listener.messages.length === 2_000 && b.listener.messages.length === 2_000,
    );
    expect(b.listener.messages.map(({ message }) => message.term)).toEqual(range(1, 2_000));
    expect(a.listener.messages.map(({ message }) => message.term)).toEqual(range(10_001, 12_000));
    expect(new Set(a.listener.messages.map(({ from }) => from))).toEqual(new Set(["b"]));
    for (const { wallClockMs } of a.listener.messages) {
      expect(wallClockMs).toBeGreaterThanOrEqual(before);
      expect(wallClockMs).toBeLessThanOrEqual(Date.now());
    }
    expect(a.stats("b")).toMatchObject({ sentMessages: 2_000, receivedMessages: 2_000, queuedBytes: 0 });
  });

  it("carry entries byte for byte, small and large", async () => {
    const { a, b } = await pair();
    const entries = entriesOf([100, 0, 100, 3 * 1024 * 1024, ...Array<number>(40).fill(4_000)]);
    a.transport.send(b.id, appendOf(entries));
    await until("the append", () => b.listener.messages.length === 1);
    const message = b.listener.messages[0]?.message;
    if (message?.type !== "appendRequest") throw new Error("it is an append");
    expect(message.entries.length).toBe(44);
    for (const [i, entry] of message.entries.entries()) {
      const sent = entries[i];
      if (sent === undefined) throw new Error(`entry ${i} was never sent`);
      expect(Buffer.compare(frameOf(entry), frameOf(sent))).toBe(0);
    }
  });

  it("tell each side the other's addresses, release and formats", async () => {
    const { a, b } = await pair();
    const formats = { min: 1, max: 1 };
    expect(a.listener.infos.get(b.id)).toEqual({
      clientAddress: "b:7400",
      version: "1.2.3",
      peerAddress: b.address,
      formats,
      memberBy: 0,
    });
    expect(b.listener.infos.get(a.id)).toEqual({
      clientAddress: "a:7400",
      version: "1.2.3",
      peerAddress: a.address,
      formats,
      memberBy: 0,
    });
    expect(a.listener.count("reachable b")).toBe(1);
  });

  it("go to the one they are for among three", async () => {
    const c = await TestPeer.start("c", { a: "127.0.0.1:1", b: "127.0.0.1:1" });
    const b = await TestPeer.start("b", { a: "127.0.0.1:1", c: c.address });
    const a = await TestPeer.start("a", { b: b.address, c: c.address });
    open.push(a, b, c);
    await until("streams", () => a.stats("b").connected && a.stats("c").connected && b.stats("c").connected);
    a.transport.send(b.id, numbered(1));
    a.transport.send(c.id, numbered(2));
    b.transport.send(c.id, numbered(3));
    await until("three messages", () => b.listener.messages.length + c.listener.messages.length === 3);
    expect(b.listener.messages.map(({ from, message }) => [from, message.term])).toEqual([["a", 1]]);
    const heardByC = new Map(c.listener.messages.map(({ from, message }) => [from, message.term]));
    expect(heardByC).toEqual(
      new Map([
        ["a", 2],
        ["b", 3],
      ]),
    );
  });
});

describe("send", () => {
  it("drops and counts while there is no stream, and never throws", async () => {
    const a = new TestPeer("a", { b: "127.0.0.1:1" });
    open.push(a);
    a.transport.send(NodeId("b"), numbered(1));
    await a.transport.start(a.listener);
    a.transport.send(NodeId("b"), numbered(2));
    a.transport.send(NodeId("b"), numbered(3));
    expect(a.stats("b")).toMatchObject({ connected: false, droppedDisconnected: 2, sentMessages: 0 });
  });

  it("says once that it has no address for a member", async () => {
    const a = await TestPeer.start("a", {});
    open.push(a);
    a.configure(5, { a: null, b: null });
    for (const to of ["b", "b", "stranger"]) a.transport.send(NodeId(to), numbered(1));
    expect(a.linesAbout("no address is known for a member").map(({ fields }) => fields)).toEqual([
      { peer: "b" },
    ]);
  });
});

describe("the addresses", () => {
  it("that are none are refused with what to write", () => {
    expect(() => new TestPeer("a", { b: "nowhere" })).toThrow(
      /peer b: "nowhere" is no address; write host:port/,
    );
  });

  it("that is taken is refused with what to do", async () => {
    const a = await TestPeer.start("a", {});
    const second = new TestPeer("b", {}, { listen: a.address });
    open.push(a, second);
    await expect(second.transport.start(second.listener)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`cannot listen for peers on ${a.address}`),
    });
  });
});

function range(from: number, through: number): number[] {
  return Array.from({ length: through - from + 1 }, (_, i) => from + i);
}
