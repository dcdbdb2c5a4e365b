import { Server, ServerCredentials } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { freePorts } from "../../src/cli/cluster/freePorts.ts";
import { Nodes } from "../../src/client/nodes.ts";

/** A node at an address where nobody has listened yet, after some tries, and a way to begin to listen there. */
async function unreachable() {
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const nodes = new Nodes();
  const node = nodes.at(address);
  const server = new Server();
  for (let failed = 0; failed < 5; failed++)
    await expect(node.connect(2_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  return {
    node,
    listen: () =>
      new Promise<void>((resolve, reject) => {
        server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
          error === null ? resolve() : reject(error),
        );
      }),
    [Symbol.dispose]: () => {
      nodes.close();
      server.forceShutdown();
    },
  };
}

test("a node that is back is connected to at once, however often it could not be reached before", async () => {
  using there = await unreachable();
  await there.listen();
  await there.node.connect(10_000);
  expect(there.node.connected).toBe(true);
});

test("many that ask for it at the same moment share the connection", async () => {
  using there = await unreachable();
  await there.listen();
  await Promise.all(Array.from({ length: 20 }, () => there.node.connect(10_000)));
  expect(there.node.connected).toBe(true);
  const { jobs } = there.node;
  await there.node.connect(10_000);
  expect(there.node.jobs, "one that stands is not renewed").toBe(jobs);
});
