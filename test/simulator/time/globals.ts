import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import timers from "node:timers/promises";
import { virtualFiles } from "../disk/files.ts";
import { installVirtualChance } from "./chance.ts";
import { currentHost, type Host } from "./host.ts";
import { cancel, type Scheduled } from "./timeline.ts";
import { forbidUnmodelled } from "./unmodelled.ts";

/**
 * The real code reaches for timers, clocks, chance and files wherever it is no part of the pure folders. While a
 * simulated process runs they are that process's own; at any other time they are the real ones.
 */
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  queueMicrotask: globalThis.queueMicrotask,
  nextTick: process.nextTick.bind(process),
  Date,
  dateNow: Date.now.bind(Date),
  performanceNow: performance.now.bind(performance),
  sleep: timers.setTimeout,
  turn: timers.setImmediate,
  any: AbortSignal.any.bind(AbortSignal),
};

/** What `setTimeout` gives to simulated code: looks like Node's as far as anybody here uses it. */
class VirtualTimer {
  readonly #stop: () => void;

  constructor(stop: () => void) {
    this.#stop = stop;
  }

  stop(): void {
    this.#stop();
  }

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }
}

/** Without a time given it is that of the process's own clock. */
class VirtualDate extends real.Date {
  constructor(...given: unknown[]) {
    super(...((given.length === 0 ? [VirtualDate.now()] : given) as [number]));
  }

  static override now(): number {
    return Math.floor(currentHost()?.wallMs() ?? real.dateNow());
  }

  /** Those that were made before, or by Node itself, are dates as well. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(real.Date, value);
  }
}

const { pid } = process;
let installed = false;

/** Once in a process. */
export function installVirtualGlobals(): void {
  if (installed) return;
  installed = true;
  const target = globalThis as unknown as Record<string, unknown>;
  target["setTimeout"] = later(real.setTimeout, (host, run, ms) => host.after(ms, run));
  target["setImmediate"] = later(real.setImmediate, (host, run) => host.soon(run));
  target["setInterval"] = (run: () => void, ms = 0, ...rest: unknown[]): unknown => {
    const host = currentHost();
    if (host === null) return Reflect.apply(real.setInterval, globalThis, [run, ms, ...rest]);
    return new VirtualTimer(host.every(ms, run));
  };
  for (const name of ["clearTimeout", "clearImmediate", "clearInterval"] as const) {
    target[name] = (timer: unknown): void => {
      if (timer instanceof VirtualTimer) timer.stop();
      else Reflect.apply(real[name], globalThis, [timer]);
    };
  }
  target["Date"] = VirtualDate;
  Object.defineProperty(performance, "now", {
    configurable: true,
    value: () => currentHost()?.monotonicMs() ?? real.performanceNow(),
  });
  // What such callbacks throw would end the whole process, which is the simulator's, or leave Node's own books in disorder.
  target["queueMicrotask"] = (run: () => void): void => {
    const host = currentHost();
    real.queueMicrotask(host === null ? run : () => host.guard(run));
  };
  process.nextTick = (run: (...args: unknown[]) => void, ...args: unknown[]): void => {
    const host = currentHost();
    if (host === null) real.nextTick(run, ...args);
    else real.nextTick(() => host.guard(() => run(...args)));
  };
  AbortSignal.any = (signals) => (currentHost() === null ? real.any(signals) : anyOf(signals));
  Object.defineProperty(process, "pid", { configurable: true, get: () => currentHost()?.pid ?? pid });
  installVirtualChance();
  patchModules();
  forbidUnmodelled();
  syncBuiltinESMExports();
  process.on("unhandledRejection", (error) => {
    const host = currentHost();
    if (host === null) throw error;
    host.uncaught(error);
  });
}

/** The real clock, for progress lines. */
export function realNowMs(): number {
  return real.performanceNow();
}

export const realSetImmediate: (callback: () => void) => void = (callback) => {
  real.setImmediate(callback);
};

/** Rejects when `signal` fires. */
function sleepUntil(host: Host, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error("The operation was aborted"));
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    host.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}

/** Node keeps each of its own that has a listener until it fires, and with it the world of a process that died waiting. */
function anyOf(signals: Iterable<AbortSignal>): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    const follow = (): void => controller.abort(signal.reason);
    if (signal.aborted) follow();
    else signal.addEventListener("abort", follow, { once: true });
  }
  return controller.signal;
}

function later(
  original: (...args: never[]) => unknown,
  schedule: (host: Host, run: () => void, ms: number) => Scheduled,
) {
  return (run: (...args: unknown[]) => void, ...rest: unknown[]): unknown => {
    const host = currentHost();
    if (host === null) return Reflect.apply(original, globalThis, [run, ...rest]);
    const ms = typeof rest[0] === "number" ? rest[0] : 0;
    const item = schedule(host, () => run(), ms);
    return new VirtualTimer(() => cancel(item));
  };
}

function patchModules(): void {
  const { hostname } = os;
  os.hostname = () => (currentHost() === null ? hostname() : "machine");
  const sleeps = timers as unknown as Record<string, unknown>;
  sleeps["setTimeout"] = (ms: number, value?: unknown, options?: unknown): Promise<unknown> => {
    const host = currentHost();
    if (host === null) return Reflect.apply(real.sleep, timers, [ms, value, options]);
    return sleepUntil(host, ms, (options as { readonly signal?: AbortSignal } | undefined)?.signal).then(
      () => value,
    );
  };
  sleeps["setImmediate"] = (value?: unknown): Promise<unknown> => {
    const host = currentHost();
    if (host === null) return real.turn(value);
    return new Promise((resolve) => {
      host.soon(() => resolve(value));
    });
  };
  const files = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  const virtual = virtualFiles as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of Object.keys(virtualFiles)) {
    const original = files[name];
    const replacement = virtual[name];
    if (original === undefined || replacement === undefined) continue;
    files[name] = (...args: unknown[]): unknown =>
      currentHost() === null ? Reflect.apply(original, fs, args) : Reflect.apply(replacement, null, args);
  }
}
