import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import { CommandFailed } from "../commandFailed.ts";

// Below the range that Linux (32768) and others (49152) draw source ports from: an outgoing connection can then
// neither take a stopped node's port nor, while it retries against it, connect to itself.
// Above 10080, which `fetch` refuses ("bad port"), so that a node there would never be found to be up.
export const lowest = 10_100;
export const blockSize = 220;
const blocks = 100;
const highest = lowest + blocks * blockSize - 1;

interface Supply {
  /** Where the next ports come from. */
  next: number;
  end: number;
  readonly handedOut: Set<number>;
  /** What is drawn just now; each draw waits for the one before. */
  drawn: Promise<unknown>;
}

/** One for all copies of this module that a process may load (a test runner loads one for each file). */
const supplyKey = Symbol.for("conclave.freePorts");
const shared = globalThis as { [supplyKey]?: Supply };
const supply = (shared[supplyKey] ??= { next: 0, end: 0, handedOut: new Set(), drawn: Promise.resolve() });

/**
 * `count` consecutive ports of 127.0.0.1 that nobody listens on. None is handed out twice by this process, nor to any
 * other process that draws them here while this one runs: a port that is free just now may be meant for a node that is
 * still starting, or that was stopped for a while. So each process draws from blocks of its own. Only when there are
 * more processes than blocks do they draw anywhere.
 */
export function freePorts(count: number): Promise<number[]> {
  const drawn = supply.drawn.then(() => draw(count));
  supply.drawn = drawn.catch(() => undefined);
  return drawn;
}

async function draw(count: number): Promise<number[]> {
  if (count >= blockSize) throw new CommandFailed(`${count} ports at once; at most ${blockSize - 1}`);
  for (let tries = 0; tries < 2 * blocks; tries++) {
    if (supply.end - supply.next < count) {
      const first = await holdBlock();
      if (first !== null) [supply.next, supply.end] = [first + 1, first + blockSize];
    }
    const hasRoom = supply.end - supply.next >= count;
    const from = hasRoom ? supply.next : randomInt(lowest, highest - count);
    if (hasRoom) supply.next += count;
    const ports = Array.from({ length: count }, (_, at) => from + at);
    // Only where there was no block can it be one of those.
    if (ports.some((port) => supply.handedOut.has(port))) continue;
    const free = await Promise.all(ports.map(isFree));
    if (!free.every(Boolean)) continue;
    for (const port of ports) supply.handedOut.add(port);
    return ports;
  }
  throw new CommandFailed(`found no ${count} free ports in a row in ${lowest}..${highest}`);
}

/** The first port of a block: this process listens on it, and so holds the block until it ends. Null when none is left. */
async function holdBlock(): Promise<number | null> {
  const offset = randomInt(blocks);
  for (let at = 0; at < blocks; at++) {
    const first = lowest + ((offset + at) % blocks) * blockSize;
    const server = await listen(first);
    if (server === null) continue;
    server.unref();
    return first;
  }
  return null;
}

export async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === null) return false;
  return new Promise((resolve) => void server.close(() => resolve(true)));
}

/** Null when the port is taken. Rejects when that cannot be found out. */
function listen(port: number): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(null);
      else
        reject(new CommandFailed(`cannot listen on 127.0.0.1:${port}: ${error.message}`, { cause: error }));
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => resolve(server));
  });
}
