import { bullmq } from "./bullmq.ts";
import { conclave } from "./conclave.ts";
import { etcd } from "./etcd.ts";
import { nats } from "./nats.ts";
import { rabbitmq } from "./rabbitmq.ts";
import type { Contender } from "./system.ts";

const peers: readonly Contender[] = [etcd, rabbitmq, nats, bullmq];

/** Ours first, then those peers of the names given that are found here. Says which are not; throws for an unknown name. */
export async function contenders(
  names: readonly string[],
  say: (line: string) => void,
): Promise<readonly Contender[]> {
  const found: Contender[] = [conclave];
  for (const name of names) {
    const peer = peers.find((each) => each.name === name);
    if (peer === undefined) {
      throw new Error(`there is no peer ${name}; known are ${peers.map((each) => each.name).join(", ")}`);
    }
    const missing = await peer.missing();
    if (missing === undefined) found.push(peer);
    else say(`${name} is left out: ${missing}`);
  }
  return found;
}
