import { expect, test } from "vitest";
import { listenPeerOf, type NodeOptions, nodeDefaults } from "../../src/cli/nodeOptions.ts";

const peers = [{ id: "n1", address: "10.0.0.1:18500" }];
const base: NodeOptions = { ...nodeDefaults, id: "n1", dataDir: "d", peers };

test.each([
  ["the own address in peers, which the others dial", {}, "10.0.0.1:18500"],
  ["what is told", { listenPeer: "0.0.0.0:7500" }, "0.0.0.0:7500"],
  ["what peers are told, for one that joins", { peers: [], advertisePeer: "10.0.0.9:7500" }, "10.0.0.9:7500"],
  ["loopback, when nothing says where", { peers: [] }, "127.0.0.1:7500"],
])("an embedded node listens for its peers at %s", (_, options, address) => {
  expect(listenPeerOf({ ...base, ...options })).toBe(address);
});
