import crypto from "node:crypto";
import { currentHost, type Host } from "./host.ts";

const real = {
  random: Math.random.bind(Math),
  randomInt: crypto.randomInt,
  randomUUID: crypto.randomUUID,
  randomBytes: crypto.randomBytes,
  randomFillSync: crypto.randomFillSync,
  getRandomValues: globalThis.crypto.getRandomValues.bind(globalThis.crypto),
};

/** What `node:crypto` and `Math` draw is the simulated process's own while one runs. Whoever patches syncs the modules. */
export function installVirtualChance(): void {
  Math.random = () => currentHost()?.random.next() ?? real.random();
  const modules = crypto as unknown as Record<string, unknown>;
  modules["randomInt"] = randomInt;
  modules["randomUUID"] = randomUUID;
  modules["randomBytes"] = randomBytes;
  modules["randomFillSync"] = randomFillSync;
  // `node:crypto` looks there for the latter.
  for (const [name, value] of Object.entries({ randomUUID, getRandomValues }))
    Object.defineProperty(globalThis.crypto, name, { configurable: true, value });
}

function randomInt(min: number, max?: number, callback?: unknown): number {
  const host = currentHost();
  if (host === null) return Reflect.apply(real.randomInt, crypto, [min, max, callback]) as number;
  const low = max === undefined ? 0 : min;
  return low + Math.floor(host.random.next() * ((max ?? min) - low));
}

function randomUUID(options?: crypto.RandomUUIDOptions): string {
  const host = currentHost();
  if (host === null) return real.randomUUID(options);
  const digits = Array.from({ length: 4 }, () =>
    host.random.below(0x1_0000_0000).toString(16).padStart(8, "0"),
  ).join("");
  // In its real shape: ids are cut out of it.
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function randomBytes(
  size: number,
  callback?: (error: Error | null, bytes: Buffer) => void,
): Buffer | undefined {
  const host = currentHost();
  if (host === null) return Reflect.apply(real.randomBytes, crypto, [size, callback]) as Buffer | undefined;
  if (callback !== undefined) throw new Error("randomBytes with a callback is not modelled");
  return fill(host, Buffer.alloc(size));
}

function randomFillSync<Into extends NodeJS.ArrayBufferView>(into: Into, ...part: number[]): Into {
  const host = currentHost();
  if (host === null) return Reflect.apply(real.randomFillSync, crypto, [into, ...part]) as Into;
  if (part.length > 0) throw new Error("randomFillSync of a part is not modelled");
  return fill(host, into);
}

function getRandomValues<Into extends NodeJS.ArrayBufferView>(into: Into): Into {
  const host = currentHost();
  return host === null ? (Reflect.apply(real.getRandomValues, null, [into]) as Into) : fill(host, into);
}

function fill<Into extends NodeJS.ArrayBufferView>(host: Host, into: Into): Into {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let at = 0; at < bytes.length; at++) bytes[at] = host.bytes.below(256);
  return into;
}
