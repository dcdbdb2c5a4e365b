import crypto from "node:crypto";
import os from "node:os";
import { expect, test } from "vitest";
import { SeededRandom } from "../../../src/base/random.ts";
import { inMacrotask } from "../run/inMacrotask.ts";
import { SkewedClock } from "./clock.ts";
import { installVirtualGlobals } from "./globals.ts";
import { Host } from "./host.ts";
import { Timeline } from "./timeline.ts";

const wallMs = 1_800_000_000_000;

/** What `look` gives in a simulated process, and what that died of. */
function within<Seen>(
  look: () => Seen,
): Promise<{ readonly seen: Seen | undefined; readonly why: unknown[] }> {
  installVirtualGlobals();
  return inMacrotask(() => {
    const timeline = new Timeline();
    const why: unknown[] = [];
    const host = new Host({
      name: "a",
      timeline,
      clock: new SkewedClock(() => timeline.now, 1, 5_000, wallMs),
      random: new SeededRandom(1),
      turnMs: 0,
      lookCostMs: 0,
      onUncaught: (error) => why.push(error),
    });
    let seen: Seen | undefined;
    host.run(() => {
      seen = look();
    });
    return { seen, why };
  });
}

test("a process's dates are of its own clock, and those of others are what they were", async () => {
  const before = new Date(7);
  const { seen, why } = await within(() => [
    new Date().getTime(),
    Date.now(),
    new Date(5).getTime(),
    new Date(2027, 0).getFullYear(),
    before instanceof Date && new Date() instanceof Date,
  ]);
  expect(seen).toEqual([wallMs, wallMs, 5, 2027, true]);
  expect(why).toEqual([]);
  expect(Math.abs(new Date().getTime() - wallMs)).toBeGreaterThan(1_000_000_000);
});

test("its chance is its own, whoever is asked for it", async () => {
  const draw = () => ({
    bytes: crypto.randomBytes(8).toString("hex"),
    filled: crypto.randomFillSync(new Uint32Array(2)).join(),
    web: globalThis.crypto.getRandomValues(new Uint8Array(4)).join(),
    values: crypto.getRandomValues(new Uint8Array(4)).join(),
    uuid: [crypto.randomUUID(), globalThis.crypto.randomUUID()].join(),
    int: crypto.randomInt(1_000_000),
    math: Math.random(),
    names: `${os.hostname()} ${process.pid}`,
  });
  const first = await within(draw);
  const again = await within(draw);
  expect(first.why).toEqual([]);
  expect(again.seen).toEqual(first.seen);
  const outside = draw();
  for (const [name, value] of Object.entries(first.seen ?? {}))
    expect(outside[name as keyof typeof outside], name).not.toEqual(value);
});

test("whoever fills a buffer draws nothing that others draw: a pool in a module is shared by all", async () => {
  const { seen } = await within(() => Math.random());
  const after = await within(() => [crypto.randomFillSync(new Uint8Array(64)).length, Math.random()]);
  expect(after.seen?.[1]).toBe(seen);
});

test.each([
  ["hrtime", () => process.hrtime.bigint()],
  ["uptime", () => process.uptime()],
  ["timeout", () => AbortSignal.timeout(5)],
  ["randomFill", () => crypto.randomFill(new Uint8Array(4), () => undefined)],
])(
  "it may not ask for %s, which nobody models: that ends the run, even when it is caught",
  async (name, ask) => {
    const { why } = await within(() => {
      try {
        return ask();
      } catch {
        return null;
      }
    });
    expect(why.map(String)).toEqual([expect.stringContaining(`${name} is not modelled`)]);
    expect(ask).not.toThrow();
  },
);
