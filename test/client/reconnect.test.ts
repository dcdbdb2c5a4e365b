import { Server, ServerCredentials } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { freePorts } from "../../src/cli/cluster/freePorts.ts";
import { Nodes } from "../../src/client/nodes.ts";

test("a node that is back is connected to at once, however often it could not be reached before", async () => {
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const nodes = new Nodes();
  const node = nodes.at(address);
  const server = new Server();
  try {
    for (let failed = 0; failed < 5; failed++)
      await expect(node.connect(2_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    await node.connect(10_000);
    expect(node.connected).toBe(true);
  } finally {
    nodes.close();
    server.forceShutdown();
  }
});
