import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { CommandFailed } from "../commandFailed.ts";

// Below the range that Linux (32768) and others (49152) draw source ports from: an outgoing connection can then
// neither take a stopped node's port nor, while it retries against it, connect to itself.
// Above 10080, which `fetch` refuses ("bad port"), so that a node there would never be found to be up.
export const lowest = 10_081;
const highest = 32_000;

const handedOut = new Set<number>();

/** `count` ports of 127.0.0.1 that nobody listens on; none is handed out twice by this process. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > 200 + 20 * count)
      throw new CommandFailed(`found no ${count} free ports in ${lowest}..${highest}`);
    const port = randomInt(lowest, highest);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    ports.push(port);
  }
  return ports;
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
