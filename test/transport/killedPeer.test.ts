import { afterEach, describe, expect, it } from "vitest";
import { NodeId } from "../../src/base/brands.ts";
import { TcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";
import { PeerProcess } from "./peerProcess.ts";
import { numbered, TestPeer } from "./support.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function keep<Closable extends { close(): Promise<void> }>(each: Closable): Closable {
  open.push(each);
  return each;
}

describe("a peer's process", () => {
  it("that is killed is reported as gone without any timeout", async () => {
    const link = keep(await TcpProxy.listen());
    const timings = { handshakeTimeoutMs: 30_000, keepaliveTimeMs: 30_000, keepaliveTimeoutMs: 30_000 };
    const child = keep(new PeerProcess("b", "127.0.0.1:0", { a: link.address }));
    const address = await child.address();
    const a = keep(await TestPeer.start("a", { b: address }, { timings }));
    link.target = a.address;

    const delays: number[] = [];
    let running = child;
    for (let round = 1; round <= 5; round++) {
      await until("both directions", () => a.stats("b").connected && running.lines.includes("reachable a"));
      a.transport.send(NodeId("b"), numbered(round));
      const killedAt = performance.now();
      running.signal("SIGKILL");
      await until("the report", () => a.listener.count("refused b") === round);
      delays.push((a.listener.times[a.listener.events.lastIndexOf("refused b")] ?? Infinity) - killedAt);
      expect(a.listener.events.slice(-3)).toEqual(["reachable b", "unreachable b", "refused b"]);
      running = keep(new PeerProcess("b", address, { a: link.address }));
      await running.address();
    }
    const sorted = delays.toSorted((x, y) => x - y);
    console.log(`SIGKILL -> refused, ms: ${sorted.map((ms) => ms.toFixed(1)).join(", ")}`);
    // Typically 5 to 15 ms; the bound only excludes that a timer had a part in it on a busy machine.
    expect(sorted[2]).toBeLessThan(1_000);
  });

  it("that closed its transport ends by itself, whether its peers answer, are silent or gone", async () => {
    const silent = keep(await TcpProxy.listen());
    const a = keep(await TestPeer.start("a", { b: "127.0.0.1:1" }));
    silent.target = a.address;
    silent.stall({ toTarget: true, toClient: true });
    const child = keep(
      new PeerProcess("b", "127.0.0.1:0", { a: a.address, c: silent.address, d: "127.0.0.1:1" }),
    );
    await until("its stream", () => child.lines.includes("reachable a") && silent.accepted >= 2);
    expect(await child.closeAndExit()).toBe(0);
  });

  it("that is stopped is not reported as gone, and is reached again when it goes on", async () => {
    const child = keep(new PeerProcess("b", "127.0.0.1:0", { a: "127.0.0.1:1" }));
    const timings = {
      backoffInitialMs: 5,
      backoffMaxMs: 50,
      handshakeTimeoutMs: 100,
      keepaliveTimeMs: 50,
      keepaliveTimeoutMs: 100,
    };
    const a = keep(await TestPeer.start("a", { b: await child.address() }, { timings }));
    await until("the stream", () => a.stats("b").connected);
    // More than so far: on a busy machine a timeout of 100 ms may pass once more of itself.
    const [noticed, reached] = [a.listener.count("unreachable b"), a.listener.count("reachable b")];
    child.signal("SIGSTOP");
    await until("it to be noticed", () => a.listener.count("unreachable b") > noticed);
    await until("the dials to fail", () => a.linesAbout("no answer within 100 ms").length > 0);
    child.signal("SIGCONT");
    await until("the stream to come back", () => a.listener.count("reachable b") > reached);
    expect(a.listener.count("refused b")).toBe(0);
  });
});
