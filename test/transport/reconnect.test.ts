import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { NodeId } from "../../src/base/brands.ts";
import { until } from "../support/until.ts";
import { connectedPair, numbered, TestPeer, testTimings } from "./support.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<Closable extends { close(): Promise<void> }>(each: Closable): Closable {
  open.push(each);
  return each;
}

describe("a broken stream", () => {
  it("is replaced when the peer starts again on its port", async () => {
    const first = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }));
    const address = first.address;
    const a = keep(await TestPeer.start("a", { b: address }));
    await until("the stream", () => a.stats("b").connected);
    await first.close();
    await until("the end to be noticed", () => a.listener.count("refused b") === 1);

    const second = keep(await TestPeer.start("b", { a: "127.0.0.1:1" }, { listen: address }));
    await until("the stream to come back", () => a.listener.count("reachable b") === 2);
    a.transport.send(NodeId("b"), numbered(5));
    await until("a message", () => second.listener.messages.length === 1);
    expect(a.listener.events).toEqual(["reachable b", "unreachable b", "refused b", "reachable b"]);
    expect(a.stats("b").connects).toBe(2);
  });

  it("is redialled at once when only the connection was reset", async () => {
    const { a, b, link } = keep(
      await connectedPair({
        timings: { ...testTimings, backoffInitialMs: 60_000, backoffMaxMs: 60_000 },
      }),
    );
    link.cut();
    await until("the stream to come back", () => a.listener.count("reachable b") === 2);
    expect(a.listener.events.slice(-3)).toEqual(["reachable b", "unreachable b", "reachable b"]);
    a.transport.send(b.id, numbered(3));
    await until("a message on the new stream", () => b.listener.messages.length === 1);
  });
});

describe("a dial", () => {
  it("that waits out a backoff is made at once when the peer calls", async () => {
    const timings = { backoffInitialMs: 600_000, backoffMaxMs: 600_000 };
    const late = keep(await TestPeer.start("b", {}));
    const address = late.address;
    await late.close();
    const a = keep(await TestPeer.start("a", { b: address }, { timings }));
    await until("the first dial to fail", () => a.listener.count("refused b") === 1);
    keep(await TestPeer.start("b", { a: a.address }, { listen: address }));
    await until("the stream", () => a.stats("b").connected);
    expect(a.listener.events).toEqual(["refused b", "reachable b"]);
  });

  it("to a listener that never answers fails by its deadline, leaves nothing open, and is no refusal", async () => {
    const silent = new SilentListener();
    open.push(silent);
    const timings = { ...testTimings, handshakeTimeoutMs: 50 };
    const a = keep(await TestPeer.start("a", { b: await silent.listen() }, { timings }));
    await until("three dials", () => silent.accepted >= 6);
    expect(a.listener.events).toEqual(["unreachable b"]);
    expect(a.linesAbout("no answer within 50 ms (waited for the answer to the handshake)").length).toBe(1);
    await a.close();
    await until("all connections to be closed", () => silent.connections === 0);
  });
});

describe("close", () => {
  it("delivers what was sent to a peer that reads, and can be repeated", async () => {
    const timings = { ...testTimings, closeTimeoutMs: 20_000 };
    const { a, b } = keep(await connectedPair({ timings }));
    for (let i = 1; i <= 500; i++) a.transport.send(b.id, numbered(i));
    await a.close();
    await a.close();
    await until("all that was sent", () => b.listener.messages.length >= 500);
    expect(b.listener.messages.length).toBe(500);
  });

  it("is bounded when a peer is silent, and the listener hears nothing more", async () => {
    const timings = { ...testTimings, closeTimeoutMs: 100 };
    const { a, b, link } = keep(await connectedPair({ timings }));
    link.stall({ toTarget: true, toClient: true });
    a.transport.send(b.id, numbered(1));
    const events = a.listener.events.length;
    await a.close();
    await b.close();
    a.transport.send(b.id, numbered(2));
    expect(a.listener.events.length).toBe(events);
  });

  it("before start, and while starting, leaves nothing listening", async () => {
    const never = new TestPeer("a", {});
    await never.close();
    const starting = new TestPeer("b", { a: "127.0.0.1:1" });
    const started = starting.transport.start(starting.listener);
    await starting.close();
    await started;
    const again = keep(await TestPeer.start("b", {}, { listen: starting.address }));
    expect(again.address).toBe(starting.address);
  });
});

/** Takes connections, reads, and says nothing. */
class SilentListener {
  accepted = 0;
  connections = 0;
  readonly #server: Server = createServer((socket) => {
    this.accepted += 1;
    this.connections += 1;
    socket.resume().on("error", () => undefined);
    socket.on("close", () => {
      this.connections -= 1;
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
