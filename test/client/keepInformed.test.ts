import { expect, test } from "vitest";
import { Budget } from "../../src/client/budget.ts";
import type { Clock } from "../../src/client/clock.ts";
import { Directory } from "../../src/client/directory.ts";
import { Leader } from "../../src/client/leader.ts";
import { type Node, Nodes } from "../../src/client/nodes.ts";

/** Time stands still until it is told to go on. */
class StandingClock implements Clock {
  #now = 0;
  readonly #timers = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const run = () => callback();
    this.#timers.set(run, this.#now + delayMs);
    return () => void this.#timers.delete(run);
  }

  /** Runs what is due by then, once each. */
  pass(ms: number): void {
    this.#now += ms;
    const due = [...this.#timers].filter(([, at]) => at <= this.#now);
    for (const [run] of due) if (this.#timers.delete(run)) run();
  }

  get pending(): number {
    return this.#timers.size;
  }
}

/** Leads all the time, and is asked for nothing but its status. */
function leaderAt(address: string, members: () => readonly string[]): Node {
  let asked = 0;
  const status = () => ({
    clusterId: "c",
    nodeId: "n1",
    role: "ROLE_LEADER",
    leaseLeftMs: 1,
    term: 1,
    configurationIndex: ++asked,
    configurationCommitted: true,
    members: members().map((nodeId) => ({ nodeId, clientAddress: `${nodeId}:7400` })),
  });
  const node = { address, connected: true, connect: () => Promise.resolve(), close: () => undefined };
  return { ...node, call: () => Promise.resolve(status()) } as unknown as Node;
}

test("who stays with one leader for long hears of the members that come meanwhile, and of nothing once it is closed", async () => {
  const clock = new StandingClock();
  let members = ["n1"];
  const nodes = new Nodes((address) => leaderAt(address, () => members));
  const directory = new Directory("n1:7400");
  const leader = new Leader(directory, nodes, undefined, clock);
  await leader.find(new Budget({}, 1_000, clock));
  members = ["n1", "n2", "n3"];
  expect(directory.addresses()).toEqual(["n1:7400"]);
  clock.pass(5_000);
  await expect.poll(() => directory.addresses()).toEqual(["n1:7400", "n2:7400", "n3:7400"]);
  members = ["n1", "n4"];
  clock.pass(5_000);
  await expect.poll(() => directory.addresses()).not.toContain("n2:7400");
  leader.close();
  expect(clock.pending).toBe(0);
});
