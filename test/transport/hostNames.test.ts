import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import type { AddressInfo, Server } from "node:net";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { HostPort } from "../../src/base/hostPort.ts";
import { type ProbeResult, probe } from "../../src/transport/probe.ts";
import { TcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";
import { TestPeer, testTimings } from "./support.ts";

type Callback = (error: Error | null, addresses: readonly dns.LookupAddress[]) => void;

/** Looks names up as Node.js does: two at a time, in the order in which they are asked for, and no way to cancel one. */
class Names {
  readonly asked: string[] = [];
  /** A name that is in neither does not come back until it is. */
  readonly addresses = new Map<string, string>();
  #queue: { readonly host: string; readonly callback: Callback }[] = [];
  #underWay: { readonly host: string; readonly callback: Callback }[] = [];

  lookup(host: string, callback: Callback): void {
    this.asked.push(host);
    this.#queue.push({ host, callback });
    this.look();
  }

  look(): void {
    while (this.#underWay.length < 2) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#underWay.push(next);
    }
    const done = this.#underWay.find(({ host }) => this.addresses.has(host));
    if (done === undefined) return;
    this.#underWay = this.#underWay.filter((each) => each !== done);
    setImmediate(() => {
      done.callback(null, [{ address: this.addresses.get(done.host) ?? "", family: 4 }]);
      this.look();
    });
    this.look();
  }
}

let names = new Names();
const open: { close(): unknown }[] = [];

beforeEach(() => {
  names = new Names();
  const real = dns.lookup;
  const lookup = (host: string, options: object, callback: Callback): void => {
    // Whoever listens has the host looked up as well, though it is an address.
    if (host.endsWith(".test")) names.lookup(host, callback);
    else Reflect.apply(real, dns, [host, options, callback]);
  };
  vi.spyOn(dns, "lookup").mockImplementation(lookup as typeof dns.lookup);
  syncBuiltinESMExports();
});

afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function portOf(address: string): number {
  return Number(address.split(":")[1]);
}

test("a peer whose name is slow to resolve keeps a node from no other", async () => {
  const live = await TcpProxy.listen();
  open.push(live);
  names.addresses.set("live.test", "127.0.0.1");
  const peers = { dead: "dead.test:1", live: `live.test:${portOf(live.address)}` };
  const a = await TestPeer.start("a", peers, { timings: { ...testTimings, handshakeTimeoutMs: 50 } });
  open.push(a);
  // Each dial of it fails: by then the other has been dialled some dozen times as well.
  await until("the peer that resolves to be dialled on and on", () => live.accepted >= 60);
  expect(names.asked.filter((host) => host === "dead.test")).toHaveLength(1);
});

describe("a probe of a name that is slow to resolve", () => {
  let host = "";
  let endpoint: HostPort = { host, port: 0 };
  let server: Server;

  /** Somebody listens, and was found once. */
  beforeEach(async ({ task }) => {
    server = createServer();
    open.push(server);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    // What was found of a name is kept for as long as the process lives.
    host = `${task.id}.test`;
    endpoint = { host, port: (server.address() as AddressInfo).port };
    names.addresses.set(host, "127.0.0.1");
    await probed();
    names.addresses.clear();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });

  function probed(): Promise<ProbeResult> {
    return new Promise((resolve) => void probe(endpoint, resolve));
  }

  test("tries the address of the last lookup, and shares the one that is under way", async () => {
    for (let dial = 0; dial < 5; dial++) {
      const result = probed();
      vi.advanceTimersByTime(100);
      expect(await result).toMatchObject({ type: "listening", address: { host: "127.0.0.1" } });
    }
    expect(names.asked).toEqual([host, host]);
  });

  test("does not take a former address at which nobody is for a process that is gone", async () => {
    await new Promise((resolve) => void server.close(resolve));
    const result = probed();
    vi.advanceTimersByTime(100);
    expect(await result).toMatchObject({ type: "failed" });
    // Once it is back, what it has found counts.
    names.addresses.set(host, "127.0.0.1");
    const next = probed();
    names.look();
    expect(await next).toEqual({ type: "refused" });
  });

  test("waits for it where nothing was found before, and gives up without a word", async () => {
    endpoint = { host: `other.${host}`, port: 1 };
    const told: ProbeResult[] = [];
    const giveUp = probe(endpoint, (result) => told.push(result));
    vi.advanceTimersByTime(10_000);
    giveUp();
    names.addresses.set(endpoint.host, "127.0.0.1");
    const later = probed();
    names.look();
    expect(await later).toEqual({ type: "refused" });
    expect(told).toEqual([]);
    expect(names.asked.filter((each) => each === endpoint.host)).toHaveLength(1);
  });
});
