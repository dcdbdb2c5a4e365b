import { randomFillSync } from "node:crypto";

/** Where the digits of a UUID lie in its text. */
const places = { time: 0, timeLow: 9, counter: 15, counterLow: 19, tail: 24 } as const;
const text = Buffer.from("00000000-0000-7000-8000-000000000000", "latin1");
const digits = Buffer.from("0123456789abcdef", "latin1");

const maxCounter = 2 ** 26 - 1;
/** Half of the counter's range is left to count up in. */
const seedBits = 25;

const pool = new Uint32Array(1024);
let used = pool.length;
let lastMs = 0;
let counter = 0;

/**
 * A UUID of version 7 (RFC 9562, 5.7) whose text sorts after all that this process made before: of one millisecond by a
 * counter of 26 bits (6.2, method 1) that begins at random; 48 bits behind it are random for each.
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMs) beginMs(now);
  else if (counter === maxCounter) beginMs(lastMs + 1);
  else counter += 1;
  write(counter >>> 14, places.counter, 3);
  write(0x8000 | (counter & 0x3fff), places.counterLow, 4);
  write(random() >>> 8, places.tail, 6);
  write(random() >>> 8, places.tail + 6, 6);
  return text.toString("latin1", 0, text.length);
}

function beginMs(ms: number): void {
  lastMs = ms;
  counter = random() >>> (32 - seedBits);
  write(Math.floor(ms / 0x1_0000), places.time, 8);
  write(ms % 0x1_0000, places.timeLow, 4);
}

function random(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
}

/** `value` in so many hexadecimal digits. */
function write(value: number, at: number, count: number): void {
  let rest = value;
  for (let place = at + count - 1; place >= at; place--) {
    text[place] = digits[rest & 0xf] ?? 0;
    rest >>>= 4;
  }
}
