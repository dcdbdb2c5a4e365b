import crypto from "node:crypto";
import timers from "node:timers/promises";
import { currentHost } from "./host.ts";

/** Clocks, chance and timers that no simulated process may ask: they are the real ones, and the run could not be repeated. */
const unmodelled: readonly (readonly [target: object, name: string])[] = [
  [process, "hrtime"],
  [process, "uptime"],
  [performance, "timeOrigin"],
  [AbortSignal, "timeout"],
  [timers, "setInterval"],
  [timers, "scheduler"],
  [crypto, "randomFill"],
  [crypto, "generateKeyPairSync"],
  [crypto, "generateKeySync"],
];

/** The run fails at once, whoever catches what is thrown. */
export function forbidUnmodelled(): void {
  for (const [target, name] of unmodelled) {
    const original: unknown = Reflect.get(target, name);
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        const host = currentHost();
        if (host === null) return original;
        const error = new Error(`${name} is not modelled: a simulated process would get the real one`);
        host.uncaught(error);
        throw error;
      },
    });
  }
}
