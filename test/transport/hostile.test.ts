import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { NodeId } from "../../src/base/brands.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { encodeHello, encodeMessage } from "../../src/codec/peer.ts";
import { defaultLimits } from "../../src/transport/types.ts";
import { TcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";
import {
  appendOf,
  type ConnectedPair,
  connectedPair,
  entriesOf,
  helloFrom,
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

async function pair(optionsOfA: TestPeerOptions, optionsOfB: TestPeerOptions = {}): Promise<ConnectedPair> {
  return keep(await connectedPair(optionsOfA, optionsOfB));
}

/** A stranger that has said a proper hello as `a`. */
async function greeted(b: TestPeer): Promise<RawDialler> {
  const raw = keep(new RawDialler(b.address));
  raw.send(encodeHello(helloFrom("a", "b")));
  await until("the answer to the hello", () => raw.frames.length === 1);
  return raw;
}

/** True when a fresh stream is let in and its message arrives; fails by timeout otherwise. */
async function stillServes(b: TestPeer): Promise<boolean> {
  const before = b.listener.messages.length;
  const raw = await greeted(b);
  raw.send(encodeMessage(numbered(1), 1));
  await until("a message after all that", () => b.listener.messages.length === before + 1);
  return true;
}

describe("garbage", () => {
  it("on the port, of every kind, does no harm", async () => {
    const seed = `garbage ${Date.now()}`;
    console.log(`seed: ${seed}`);
    const random = new SeededRandom(seed);
    const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(256)));
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    // A connection that begins and says no more is hung up on by keepalive.
    const timings = { ...testTimings, keepaliveTimeMs: 50, keepaliveTimeoutMs: 100 };
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }, { timings }));
    const [host, port] = b.address.split(":");
    for (const bytes of [
      noise(1),
      noise(5_000),
      Buffer.from("GET / HTTP/1.1\r\nHost: b\r\n\r\n"),
      Buffer.concat([preface, noise(3_000)]),
      Buffer.concat([preface, emptySettings, noise(3_000)]),
    ]) {
      const socket = connect(Number(port), host);
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.end(bytes);
      socket.resume();
      await until("the port to hang up", () => socket.closed);
    }
    expect(await stillServes(b)).toBe(true);
  });

  it("in a stream closes that stream, with a word why", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const raw = await greeted(b);
    raw.send(Buffer.from("certainly no protobuf"));
    raw.send(encodeMessage(numbered(1), 1));
    await until("the end of the stream", () => raw.ended !== null);
    expect(raw.ended).toContain("a peer's frame was damaged on its way");
    expect(b.transport.stats()).toMatchObject({ malformedFrames: 0, corruptFrames: 1 });
    expect(b.linesAbout("a stream was closed for what came on it").length).toBe(1);
    expect(b.listener.messages).toEqual([]);
    expect(await stillServes(b)).toBe(true);
  });

  it("among the entries closes the stream and is counted apart", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const raw = await greeted(b);
    const bytes = encodeMessage(appendOf(entriesOf([100, 100])), 1);
    const at = bytes.indexOf(Buffer.alloc(100, 2));
    bytes[at] = 77;
    raw.send(bytes);
    await until("the end of the stream", () => raw.ended !== null);
    expect(b.transport.stats()).toMatchObject({ malformedFrames: 0, corruptFrames: 1 });
    expect(b.linesAbout("DATA_CORRUPT").length).toBe(1);
    expect(b.listener.messages).toEqual([]);
  });

  it("from the acceptor ends the dial", async () => {
    const { a, b, link } = await pair({});
    await b.close();
    const liar = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }, { local: { nodeId: NodeId("c") } }));
    link.target = liar.address;
    await until("the liar to be turned away", () => a.linesAbout(`reached \\"c\\"`).length > 0);
    expect(a.stats("b").connected).toBe(false);
  });
});

describe("a message above the limit", () => {
  it("is not sent, and what follows is", async () => {
    const limits = { ...defaultLimits, maxMessageBytes: 64 * 1024 };
    const { a, b } = await pair({ limits });
    a.transport.send(b.id, appendOf(entriesOf([100_000])));
    a.transport.send(b.id, appendOf(entriesOf([100_000])));
    a.transport.send(b.id, numbered(2));
    await until("the small one", () => b.listener.messages.length === 1);
    expect(a.stats("b")).toMatchObject({ connected: true, droppedTooLarge: 2, sentMessages: 1 });
    expect(a.linesAbout("above the transport's limit").length).toBe(1);
  });

  it("that a stranger sends closes its stream", async () => {
    const limits = { ...defaultLimits, maxMessageBytes: 1024 * 1024 };
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }, { limits }));
    const raw = await greeted(b);
    raw.send(encodeMessage(appendOf(entriesOf([1_100_000])), 1));
    await until("the end of the stream", () => raw.ended !== null);
    expect(raw.ended).toContain("RESOURCE_EXHAUSTED");
    expect(await stillServes(b)).toBe(true);
  });
});

describe("a connection that stalls", () => {
  it("holds a bounded queue, keeps room for heartbeats, and loses nothing of what was taken", async () => {
    const maxQueuedBytes = 4 * 1024 * 1024;
    const timings = { ...testTimings, keepaliveTimeMs: 60_000 };
    const limits = { ...defaultLimits, maxQueuedBytes };
    const { a, b, link } = await pair({ timings, limits }, { timings });
    link.stall({ toTarget: true, toClient: false });
    const append = appendOf(entriesOf([256 * 1024]));
    for (let i = 0; i < 200; i++) {
      a.transport.send(b.id, append);
      expect(a.stats("b").queuedBytes).toBeLessThanOrEqual(maxQueuedBytes);
    }
    const { droppedQueueFull, sentMessages } = a.stats("b");
    expect(droppedQueueFull).toBeGreaterThan(150);
    expect(sentMessages + droppedQueueFull).toBe(200);
    a.transport.send(b.id, appendOf([], 77));
    expect(a.stats("b")).toMatchObject({ droppedQueueFull, sentMessages: sentMessages + 1 });

    link.resume();
    await until("all that was taken", () => b.listener.messages.length === sentMessages + 1);
    expect(b.listener.messages.at(-1)?.message).toMatchObject({ type: "appendRequest", round: 77 });
    await until("the queue to empty", () => a.stats("b").queuedBytes === 0);
  });

  it.each([
    { name: "both ways", directions: { toTarget: true, toClient: true } },
    { name: "on the way there", directions: { toTarget: true, toClient: false } },
    { name: "on the way back", directions: { toTarget: false, toClient: true } },
  ])("$name is noticed by keepalive and replaced once it flows again", async ({ directions }) => {
    const quick = { keepaliveTimeMs: 50, keepaliveTimeoutMs: 100, handshakeTimeoutMs: 100 };
    const { a, b, link } = await pair({ timings: { ...testTimings, ...quick } });
    // More than so far: on a busy machine a timeout of 100 ms may pass once more of itself.
    const noticed = a.listener.count("unreachable b");
    link.stall(directions);
    await until("it to be noticed", () => a.listener.count("unreachable b") > noticed);
    expect(a.listener.count("refused b")).toBe(0);
    const reached = a.listener.count("reachable b");
    link.resume();
    await until("the stream to come back", () => a.listener.count("reachable b") > reached);
    await until("a message", () => {
      a.transport.send(b.id, numbered(9));
      return b.listener.messages.some(({ message }) => message.term === 9);
    });
  });
});

describe("a stranger", () => {
  it("that opens a stream and says nothing is hung up on", async () => {
    const timings = { ...testTimings, handshakeTimeoutMs: 50 };
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }, { timings }));
    const raw = keep(new RawDialler(b.address));
    await until("the end of the stream", () => raw.ended !== null);
    expect(raw.ended).toContain("no hello within 50 ms");
  });

  it("cannot crash a node by resetting the connection at any moment", async () => {
    const b = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const link = keep(await TcpProxy.listen(b.address));
    for (let i = 0; i < 20; i++) {
      const raw = keep(new RawDialler(link.address));
      raw.send(encodeHello(helloFrom("a", "b")));
      if (i % 2 === 0) await until("the answer", () => raw.frames.length === 1);
      raw.send(encodeMessage(appendOf(entriesOf([100_000])), 1));
      link.cut();
    }
    expect(await stillServes(b)).toBe(true);
  });
});
