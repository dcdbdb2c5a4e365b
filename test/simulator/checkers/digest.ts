import { hash32 } from "../../../src/base/random.ts";

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/**
 * 32 bits of all that a plain value holds, its bytes included: equal for values that say the same. The order of an
 * object's fields does not matter, and one that is undefined is as good as left out.
 */
export function digest(value: unknown): number {
  if (typeof value === "number") return ofNumber(value);
  if (typeof value === "string") return hash32(value);
  if (typeof value === "boolean") return value ? 0x1b87_3593 : 0x6b43_a9b5;
  if (typeof value !== "object") return 0;
  if (value === null) return 0x2545_f491;
  if (value instanceof Uint8Array) return digestOfBytes(value);
  let sum = 0x9e37_79b9;
  if (Array.isArray(value)) {
    for (const each of value) sum = mixed(sum, digest(each));
    return sum;
  }
  const object = value as Record<string, unknown>;
  for (const name in object) {
    const field = object[name];
    if (field !== undefined) sum = (sum + mixed(hash32(name), digest(field))) | 0;
  }
  return sum;
}

export function digestOfBytes(bytes: Uint8Array): number {
  let h = 0x811c_9dc5 ^ bytes.length;
  for (let at = 0; at < bytes.length; at++) h = Math.imul(h ^ (bytes[at] ?? 0), 0x0100_0193);
  return mixed(h, 0);
}

function ofNumber(value: number): number {
  float[0] = value;
  return mixed(words[0] ?? 0, words[1] ?? 0);
}

/** In this order: `mixed(a, b)` is not `mixed(b, a)`. */
function mixed(a: number, b: number): number {
  let h = Math.imul(a ^ (a >>> 16), 0x85eb_ca6b) ^ b;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
