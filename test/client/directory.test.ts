import { expect, it } from "vitest";
import { Directory } from "../../src/client/directory.ts";

function status(nodeId: string, members: Readonly<Record<string, string>>) {
  return {
    nodeId,
    members: Object.entries(members).map(([id, clientAddress]) => ({
      nodeId: id,
      clientAddress,
      reachable: true,
      voter: true,
      matchIndex: 0,
    })),
  };
}

const advertised = { n1: "n1:7400", n2: "n2:7400", n3: "n3:7400" };

it("an address given by the user wins over the one its node advertises", () => {
  const directory = new Directory("localhost:7401, localhost:7402");
  expect(directory.addressOf("n2", "n2:7400")).toBe("n2:7400");
  directory.learn("localhost:7402", status("n2", advertised));
  expect(directory.addressOf("n2", "n2:7400")).toBe("localhost:7402");
  expect(directory.addressOf("n3", "n3:7400")).toBe("n3:7400");
  expect(directory.addressOf("n3", "")).toBe("n3:7400");
  expect(directory.addressOf("n4", undefined)).toBeUndefined();
  expect(directory.addressOf(undefined, undefined)).toBeUndefined();
});

it("asks each node once, as far as it can tell them apart", () => {
  const directory = new Directory(["localhost:7401", "localhost:7402", "localhost:7401"]);
  expect(directory.addresses()).toEqual(["localhost:7401", "localhost:7402"]);
  directory.learn("localhost:7401", status("n1", advertised));
  directory.learn("localhost:7402", status("n2", advertised));
  expect(directory.addresses()).toEqual(["localhost:7401", "localhost:7402", "n3:7400"]);
  expect(directory.nodeIdAt("localhost:7401")).toBe("n1");
  expect(directory.nodeIdAt("n3:7400")).toBe("n3");
});

it("takes names, IPv4 and bracketed IPv6 addresses", () => {
  const addresses = ["node-1.example:1", "10.0.0.1:7400", "[::1]:65535"];
  expect(new Directory(addresses).seeds).toEqual(addresses);
});
