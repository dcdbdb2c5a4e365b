import { expect, test } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import { Budget } from "../../src/client/budget.ts";
import { Directory } from "../../src/client/directory.ts";
import { Leader } from "../../src/client/leader.ts";
import { Nearest } from "../../src/client/nearest.ts";
import { type Node, Nodes } from "../../src/client/nodes.ts";

/** Leads, and answers when it is asked for its status; a connection to it is refused once. */
function refusingOnce(address: string): Node {
  const status = {
    clusterId: "c",
    nodeId: "n1",
    role: "ROLE_LEADER",
    leaseLeftMs: 1,
    term: 1,
    configurationIndex: 1,
    configurationCommitted: true,
    standing: "STANDING_MEMBER",
    members: [{ nodeId: "n1", clientAddress: address }],
  };
  let tries = 0;
  const node = {
    address,
    connected: false,
    close: () => undefined,
    call: () => Promise.resolve(status),
    connect: () => {
      tries += 1;
      if (tries === 1) return Promise.reject(new ConclaveError("UNAVAILABLE", "refused"));
      node.connected = true;
      return Promise.resolve();
    },
  };
  return node as unknown as Node;
}

/** Nobody is there. */
function gone(address: string): Node {
  const refused = () => Promise.reject(new ConclaveError("UNAVAILABLE", "connection refused"));
  return {
    address,
    connected: false,
    connect: refused,
    call: refused,
    close: () => undefined,
  } as unknown as Node;
}

test("a read goes back to a leader that could not be reached when nobody else is left, and does not ask those who are gone until its time is over", async () => {
  const directory = new Directory("n1:7400,n2:7400,n3:7400");
  const nodes = new Nodes((address) => (address === "n1:7400" ? refusingOnce(address) : gone(address)));
  const leader = new Leader(directory, nodes, undefined);
  const found = await leader.findReader(new Budget({ timeout: "5s" }), new Nearest(directory, nodes));
  expect(found.address).toBe("n1:7400");
  leader.close();
});
