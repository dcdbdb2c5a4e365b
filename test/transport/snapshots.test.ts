import { afterEach, describe, expect, it } from "vitest";
import { ClusterId, NodeId } from "../../src/base/brands.ts";
import { encodeHello } from "../../src/codec/peer.ts";
import { encodePull, encodeSnapshotHello } from "../../src/codec/peerSnapshot.ts";
import type { SnapshotCall } from "../../src/node/ports.ts";
import { defaultLimits } from "../../src/transport/types.ts";
import { TcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";
import { keyOf, noBytes, pullAfter, pullAll, RawPuller, SnapshotSource } from "./snapshotSource.ts";
import {
  codeOf,
  helloFrom,
  member,
  numbered,
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

const never = new AbortController().signal;
const a = NodeId("a");

/** `a` has a snapshot; `b` pulls through `link`. */
async function pair(source: SnapshotSource, options: TestPeerOptions = {}) {
  const sender = keep(await TestPeer.start("a", { b: "127.0.0.1:1", c: "127.0.0.1:1" }, options));
  sender.listener.openSnapshot = async () => source;
  const link = keep(await TcpProxy.listen(sender.address));
  const puller = keep(await TestPeer.start("b", { a: link.address, c: "127.0.0.1:1" }));
  await until("the stream", () => puller.stats("a").connected);
  return { sender, puller, link };
}

async function opened(puller: TestPeer, signal = never): Promise<SnapshotCall> {
  const call = await puller.transport.openSnapshot(a, signal);
  open.push({ close: async () => call.close() });
  return call;
}

async function greeted(sender: TestPeer, id = "b"): Promise<RawPuller> {
  const raw = keep(new RawPuller(sender.address));
  raw.send(encodeSnapshotHello(helloFrom(id, "a")));
  await until("the header", () => raw.answers.length === 1);
  return raw;
}

describe("a snapshot", () => {
  it("comes whole, chunk by chunk as it is pulled, and its reader is closed", async () => {
    const source = new SnapshotSource(100, 300);
    const { sender, puller } = await pair(source);
    const asked: NodeId[] = [];
    sender.listener.openSnapshot = async (by) => {
      asked.push(by);
      return source;
    };
    const call = await opened(puller);
    expect(asked).toEqual(["b"]);
    expect(call.header).toEqual(source.header);
    expect(source.pulls).toEqual([]);
    expect(await pullAll(call, noBytes, 1000)).toBe(30_000);
    expect(source.pulls.length).toBe(34);
    expect(source.closed).toBe(0);
    call.close();
    await until("the reader to be closed", () => source.closed === 1);
    await expect(call.pull(pullAfter(noBytes))).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("hands what the puller has to the reader, and the reader's `same` back", async () => {
    const source = new SnapshotSource(10, 10);
    const { puller } = await pair(source);
    const call = await opened(puller);
    source.read = async (pull) => {
      source.pulls.push(pull);
      return { pairs: noBytes, checksum: 9, lastKey: keyOf(5), same: true, isLast: false };
    };
    const pull = { afterKey: keyOf(1), have: { throughKey: keyOf(5), checksum: 9 }, maxBytes: 100 };
    expect(await call.pull(pull)).toMatchObject({ same: true, lastKey: keyOf(5) });
    expect(source.pulls).toEqual([pull]);
  });

  it("has a connection of its own, and messages pass while a chunk is read and while chunks flow", async () => {
    const source = new SnapshotSource(400, 256 * 1024);
    const { sender, puller, link } = await pair(source);
    const back = link.accepted;
    const call = await opened(puller);
    // The probe, and the connection itself.
    expect(link.accepted).toBe(back + 2);
    source.hold();
    const first = call.pull(pullAfter(noBytes, 256 * 1024));
    await until("the read", () => source.pulls.length === 1);
    puller.transport.send(a, numbered(1));
    await until("a message while the chunk is read", () => sender.listener.messages.length === 1);
    source.resume();

    // As fast as it goes, with a message after each chunk: none may queue up behind later chunks.
    let after = (await first).lastKey;
    let behind = 0;
    for (let chunks = 1; chunks < 400; chunks++) {
      const chunk = await call.pull(pullAfter(after, 256 * 1024));
      after = chunk.lastKey;
      puller.transport.send(a, numbered(chunks + 1));
      behind = Math.max(behind, chunks - sender.listener.messages.length);
    }
    console.log(`messages behind the chunks, at most: ${behind}`);
    expect(behind).toBeLessThan(40);
  });

  it("breaks when the connection does, and goes on from where it was with another stream", async () => {
    const source = new SnapshotSource(50, 100);
    const { puller, link } = await pair(source);
    const first = await opened(puller);
    const chunk = await first.pull(pullAfter(noBytes, 1000));
    expect(chunk.lastKey).toEqual(keyOf(9));
    source.hold();
    const broken = first.pull(pullAfter(chunk.lastKey));
    const noted = codeOf(broken);
    await until("the pull to arrive", () => source.pulls.length === 2);
    link.cut();
    expect(await noted).toBe("UNAVAILABLE");
    await expect(first.pull(pullAfter(chunk.lastKey))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    // The sender still reads for the broken stream; the next one waits for it rather than read beside it.
    const second = opened(puller);
    source.resume();
    expect(await pullAll(await second, chunk.lastKey, 1000)).toBe(4_000);
    expect(source.closed).toBe(1);
  });

  it("can be given up at any moment", async () => {
    const source = new SnapshotSource(10, 100);
    const { sender, puller } = await pair(source);
    await expect(opened(puller, AbortSignal.abort())).rejects.toMatchObject({ code: "ABORTED" });
    let answer = (): void => undefined;
    sender.listener.openSnapshot = () =>
      new Promise((resolve) => {
        answer = () => resolve(source);
      });
    const opening = new AbortController();
    const unopened = codeOf(opened(puller, opening.signal));
    await until("the request", () => sender.linesAbout("sending a snapshot").length === 1);
    opening.abort();
    expect(await unopened).toBe("ABORTED");
    answer();
    await until("the reader that nobody waits for to be closed", () => source.closed === 1);

    sender.listener.openSnapshot = async () => source;
    const pulling = new AbortController();
    const call = await opened(puller, pulling.signal);
    source.hold();
    const pull = codeOf(call.pull(pullAfter(noBytes)));
    await until("the read", () => source.pulls.length === 1);
    pulling.abort();
    expect(await pull).toBe("ABORTED");
    source.resume();
    await until("the reader to be closed", () => source.closed === 2);
  });
});

describe("a peer that comes again", () => {
  it("takes the place of its stream before, whose reader is closed first", async () => {
    const [former, latter] = [new SnapshotSource(10, 100), new SnapshotSource(10, 100)];
    const { sender, puller } = await pair(former);
    let answer = (): void => undefined;
    sender.listener.openSnapshot = () =>
      new Promise((resolve) => {
        answer = () => resolve(former);
      });
    const before = keep(new RawPuller(sender.address));
    before.send(encodeSnapshotHello(helloFrom("b", "a")));
    await until("the request", () => sender.linesAbout("sending a snapshot").length === 1);
    const again = opened(puller);
    await until("the stream before to end", () => before.ended !== null);
    expect(before.ended).toContain("a later stream from the same node id took over");
    let closedBefore = -1;
    sender.listener.openSnapshot = async () => {
      closedBefore = former.closed;
      return latter;
    };
    answer();
    expect(await pullAll(await again, noBytes, 1000)).toBe(1000);
    expect([closedBefore, latter.closed]).toEqual([1, 0]);
  });
});

describe("a snapshot is not to be had", () => {
  it("from a node that has none, that fails, that is gone, that nobody knows", async () => {
    const { sender, puller } = await pair(new SnapshotSource(1, 1));
    sender.listener.openSnapshot = async () => null;
    await expect(opened(puller)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("no checkpoint"),
    });
    sender.listener.openSnapshot = async () => {
      throw new Error("the store is shut");
    };
    await expect(opened(puller)).rejects.toMatchObject({ code: "INTERNAL", message: "the store is shut" });
    await expect(puller.transport.openSnapshot(NodeId("z"), never)).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    await sender.close();
    await expect(opened(puller)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("by another data directory than the member's, by a removed member, from another cluster or format", async () => {
    const source = new SnapshotSource(1, 1);
    const { sender, puller } = await pair(source);
    sender.configure(7, { a: null, b: member("127.0.0.1:1", "another", 7) });
    await expect(opened(puller)).rejects.toMatchObject({ code: "IDENTITY_MISMATCH" });
    sender.configure(8, { a: null });
    await expect(opened(puller)).rejects.toMatchObject({ code: "MEMBER_REMOVED" });
    sender.configure(0, { a: null, b: null });
    expect(source.closed).toBe(0);
    sender.listener.openSnapshot = async () => new SnapshotSource(1, 1, { clusterId: ClusterId("other") });
    await expect(opened(puller)).rejects.toMatchObject({ code: "IDENTITY_MISMATCH" });
    sender.listener.openSnapshot = async () => new SnapshotSource(1, 1, { format: 2 });
    await expect(opened(puller)).rejects.toMatchObject({ code: "FORMAT_UNSUPPORTED" });
  });

  it("any more once the configuration means another data directory", async () => {
    const source = new SnapshotSource(10, 100);
    const { sender, puller } = await pair(source);
    const call = await opened(puller);
    sender.configure(7, { a: null, b: member("127.0.0.1:1", "another", 7) });
    await until("the reader to be closed", () => source.closed === 1);
    await expect(call.pull(pullAfter(noBytes))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("for more than two at a time; the others come again", async () => {
    const source = new SnapshotSource(10, 100);
    const { sender, puller } = await pair(source);
    const [first] = [await greeted(sender, "c"), await greeted(sender, "guest")];
    await expect(opened(puller)).rejects.toMatchObject({ code: "OVERLOADED", retryable: true });
    await first.close();
    await until("the reader to be closed", () => source.closed === 1);
    const call = await opened(puller);
    expect(await pullAll(call, noBytes, 1000)).toBe(1000);
  });
});

describe("a puller", () => {
  it("that says nothing is hung up on, before the hello and after it", async () => {
    const source = new SnapshotSource(10, 100);
    const timings = { ...testTimings, handshakeTimeoutMs: 300, snapshotIdleMs: 50 };
    const { sender } = await pair(source, { timings });
    const mute = keep(new RawPuller(sender.address));
    const idle = await greeted(sender);
    await until("both to be hung up on", () => mute.ended !== null && idle.ended !== null);
    expect(mute.ended).toContain("no hello within 300 ms");
    expect(idle.ended).toContain("no pull within 50 ms");
    expect(source.closed).toBe(1);
  });

  it("that asks for everything at once gets a chunk of bounded size", async () => {
    const source = new SnapshotSource(100, 1000);
    const limits = { ...defaultLimits, maxChunkBytes: 5_000 };
    const { sender } = await pair(source, { limits });
    const raw = await greeted(sender);
    raw.send(encodePull(pullAfter(noBytes, 0xffff_ffff)));
    await until("the chunk", () => raw.answers.length === 2);
    expect(raw.answers[1]).toMatchObject({ type: "chunk", chunk: { lastKey: keyOf(4) } });
    expect(source.pulls[0]?.maxBytes).toBe(5_000);
  });

  it("that pulls ahead has one chunk read, one more waiting, and is hung up on for a third", async () => {
    const source = new SnapshotSource(100, 1000);
    const { sender } = await pair(source);
    const raw = await greeted(sender);
    source.hold();
    for (let i = 0; i < 3; i++) raw.send(encodePull(pullAfter(noBytes)));
    await until("the end", () => raw.ended !== null);
    expect(raw.ended).toContain("a pull came out of turn");
    expect(source.pulls.length).toBe(1);
    expect(source.closed).toBe(0);
    source.resume();
    await until("the reader to be closed after its read", () => source.closed === 1);
  });

  it("that pulls and does not read fills no memory", async () => {
    const source = new SnapshotSource(100, 1024 * 1024);
    const timings = { ...testTimings, snapshotIdleMs: 300 };
    const { sender } = await pair(source, { timings });
    const raw = await greeted(sender);
    raw.stopReading();
    for (let i = 0; i < 60 && raw.ended === null; i++) {
      raw.send(encodePull(pullAfter(noBytes, 1024 * 1024)));
      const expected = i + 1;
      await until("it to be read or refused", () => source.pulls.length >= expected || source.closed === 1);
    }
    await until("it to be hung up on", () => source.closed === 1);
    // The puller's gRPC takes 16 messages off its hands; from there on the sender waits.
    expect(source.pulls.length).toBeLessThan(25);
  });

  it("with keys out of order, keys that are none, or anything else, is hung up on", async () => {
    const source = new SnapshotSource(10, 100);
    const { sender } = await pair(source);
    const have = (throughKey: Uint8Array) => ({ throughKey, checksum: 1 });
    for (const [bytes, why] of [
      [encodePull({ ...pullAfter(keyOf(5)), have: have(keyOf(5)) }), "keys out of order"],
      [encodePull({ ...pullAfter(keyOf(5)), have: have(keyOf(2)) }), "keys out of order"],
      [encodePull(pullAfter(Buffer.alloc(5_000))), "a key of more than 4096 bytes"],
      [encodePull(pullAfter(noBytes, 0)), "0 bytes"],
      [encodeSnapshotHello(helloFrom("b", "a")), "a hello came out of turn"],
      [Buffer.from("certainly no protobuf"), "malformed"],
      [encodeHello(helloFrom("b", "a")).subarray(0, 9), "malformed"],
    ] as const) {
      const raw = await greeted(sender);
      raw.send(bytes);
      await until(`the end for ${why}`, () => raw.ended !== null);
      expect(raw.ended).toContain(why);
    }
    await until("all readers to be closed", () => source.closed === 7);
    expect(source.pulls).toEqual([]);
    const hasty = keep(new RawPuller(sender.address));
    hasty.send(encodePull(pullAfter(noBytes)));
    await until("the end of the one without a hello", () => hasty.ended !== null);
    expect(source.closed).toBe(7);
  });

  it("is not led round in circles by a sender that does not move on", async () => {
    const source = new SnapshotSource(10, 100);
    const { puller } = await pair(source);
    source.read = async ({ afterKey }) => ({
      pairs: noBytes,
      checksum: 0,
      lastKey: afterKey,
      same: false,
      isLast: false,
    });
    const call = await opened(puller);
    await expect(call.pull(pullAfter(keyOf(3)))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await until("the reader to be closed", () => source.closed === 1);
  });
});

describe("close", () => {
  it("of the sender waits for what it reads, and closes the reader", async () => {
    const source = new SnapshotSource(10, 100);
    const { sender } = await pair(source);
    const puller = keep(await TestPeer.start("c", { a: sender.address }));
    await until("the stream", () => puller.stats("a").connected);
    const call = await opened(puller);
    source.hold();
    const pull = codeOf(call.pull(pullAfter(noBytes)));
    await until("the read", () => source.pulls.length === 1);
    let isClosed = false;
    const closing = sender.close().then(() => {
      isClosed = true;
    });
    expect(await pull).toBe("UNAVAILABLE");
    await until("its address to be free", () => puller.listener.count("refused a") === 1);
    expect([isClosed, source.closed]).toEqual([false, 0]);
    source.resume();
    await closing;
    expect(source.closed).toBe(1);
  });
});
