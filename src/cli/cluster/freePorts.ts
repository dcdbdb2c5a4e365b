import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import { CommandFailed } from "../commandFailed.ts";

// Below the range that Linux (32768) and others (49152) draw source ports from: an outgoing connection can then
// neither take a stopped node's port nor, while it retries against it, connect to itself.
// Above 10080, which `fetch` refuses ("bad port"), so that a node there would never be found to be up.
export const lowest = 10_100;
export const blockSize = 400;
const blocks = 55;

/** Where the next ports of this process come from. */
let next = 0;
let end = 0;

/**
 * `count` consecutive ports of 127.0.0.1 that nobody listens on. None is handed out twice by this process, nor to any
 * other process that draws them here while this one runs: a port that is free just now may be meant for a node that is
 * still starting, or that was stopped for a while. So each process draws from blocks of its own.
 */
export async function freePorts(count: number): Promise<number[]> {
  if (count >= blockSize) throw new CommandFailed(`${count} ports at once; at most ${blockSize - 1}`);
  for (;;) {
    if (end - next < count) {
      const first = await takeBlock();
      [next, end] = [first + 1, first + blockSize];
    }
    // Taken before anything is awaited: another call goes on behind them.
    const ports = Array.from({ length: count }, () => next++);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return ports;
  }
}

/** The first port of a block: this process listens on it, and thereby holds the block until it ends, however it ends. */
async function takeBlock(): Promise<number> {
  const offset = randomInt(blocks);
  for (let at = 0; at < blocks; at++) {
    const first = lowest + ((offset + at) % blocks) * blockSize;
    const server = await listen(first);
    if (server === null) continue;
    server.unref();
    return first;
  }
  throw new CommandFailed(
    `all blocks of ports from ${lowest} to ${lowest + blocks * blockSize - 1} are taken; end other local clusters`,
  );
}

export async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === null) return false;
  return new Promise((resolve) => void server.close(() => resolve(true)));
}

/** Null when the port is taken. */
function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(null));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => resolve(server));
  });
}
