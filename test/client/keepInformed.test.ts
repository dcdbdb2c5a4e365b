import { expect, test } from "vitest";
import { Budget } from "../../src/client/budget.ts";
import { Directory } from "../../src/client/directory.ts";
import { Leader } from "../../src/client/leader.ts";
import { type Node, Nodes } from "../../src/client/nodes.ts";
import { StandingClock } from "../support/standingClock.ts";

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
