import { describe, expect, it } from "vitest";
import { Directory } from "../../src/client/directory.ts";

type Addresses = Readonly<Record<string, string>>;

/** What a node says of itself and the others; `more` where its word is another than a member's. */
function status(
  nodeId: string,
  members: Addresses,
  more: Partial<Parameters<Directory["learn"]>[1]> = {},
): Parameters<Directory["learn"]>[1] {
  return {
    clusterId: "c-1",
    nodeId,
    configurationIndex: 0,
    configurationCommitted: true,
    members: Object.entries(members).map(([id, clientAddress]) => ({ nodeId: id, clientAddress })),
    ...more,
  };
}

const advertised = { n1: "n1:7400", n2: "n2:7400", n3: "n3:7400" };
const grown = { n4: "n4:7400", n5: "n5:7400", n6: "n6:7400" };

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

it("asks a node where it advertises itself once nobody answers at the address given by the user", () => {
  const directory = new Directory("localhost:7401,localhost:7402");
  directory.learn("localhost:7402", status("n2", advertised));
  directory.failed("localhost:7402");
  expect(directory.addresses()).toContain("n2:7400");
  expect(directory.addressOf("n2", "n2:7400")).toBe("n2:7400");
  directory.learn("localhost:7402", status("n2", advertised));
  expect(directory.addresses()).not.toContain("n2:7400");
  expect(directory.addressOf("n2", "n2:7400")).toBe("localhost:7402");
});

describe("who the members are", () => {
  it("is what the newest committed configuration says, whoever is asked last", () => {
    const directory = new Directory("n1:7400");
    directory.learn("n1:7400", status("n1", advertised));
    directory.learn("n4:7400", status("n4", grown, { configurationIndex: 40 }));
    expect(directory.addresses()).toEqual(["n1:7400", "n4:7400", "n5:7400", "n6:7400"]);
    // It was removed, and has not heard of anything since.
    directory.learn("n1:7400", status("n1", advertised, { configurationIndex: 12 }));
    expect(directory.addresses()).toEqual(["n1:7400", "n4:7400", "n5:7400", "n6:7400"]);
    expect(directory.addressOf("n5", undefined)).toBe("n5:7400");
    expect(directory.addressOf("n3", undefined)).toBeUndefined();
  });

  it("is added to by a configuration that is not committed, and not taken from", () => {
    const directory = new Directory("n1:7400");
    directory.learn("n1:7400", status("n1", advertised, { configurationIndex: 12 }));
    const doomed = { configurationIndex: 30, configurationCommitted: false };
    directory.learn("n1:7400", status("n1", { n1: "n1:7400", n7: "n7:7400" }, doomed));
    expect(directory.addresses()).toEqual(["n1:7400", "n2:7400", "n3:7400", "n7:7400"]);
    // It was rolled back, and another one came in its place, at an earlier entry.
    directory.learn("n2:7400", status("n2", { ...grown, n2: "n2:7400" }, { configurationIndex: 25 }));
    expect(new Set(directory.addresses())).toEqual(
      new Set(["n1:7400", "n2:7400", "n4:7400", "n5:7400", "n6:7400"]),
    );
  });

  it("keeps an address that whoever knows of the change has not heard yet", () => {
    const directory = new Directory("n9:7400");
    directory.learn("n9:7400", status("n1", advertised));
    directory.learn("n9:7400", status("n1", { ...advertised, n2: "", n4: "" }, { configurationIndex: 8 }));
    expect(directory.addressOf("n2", "")).toBe("n2:7400");
    expect(new Set(directory.addresses())).toEqual(new Set(["n9:7400", "n2:7400", "n3:7400"]));
    // An old word is good enough for an address that is not known at all.
    directory.learn("n9:7400", status("n1", { n4: "n4:7400", n5: "n5:7400" }, { configurationIndex: 3 }));
    expect(directory.addressOf("n4", "")).toBe("n4:7400");
    expect(directory.addressOf("n5", "")).toBeUndefined();
  });

  it("says where a node is now, also under the same configuration", () => {
    const directory = new Directory("n1:7400");
    directory.learn("n1:7400", status("n1", advertised));
    directory.learn("n1:7400", status("n1", { ...advertised, n2: "elsewhere:7400" }));
    expect(directory.addressOf("n2", undefined)).toBe("elsewhere:7400");
  });
});

describe("when nobody answers", () => {
  it("asks also where any node ever answered, and only then", () => {
    const directory = new Directory("seed:7400");
    directory.learn("seed:7400", status("n1", advertised));
    directory.learn("n2:7400", status("n2", advertised));
    directory.learn("n4:7400", status("n4", grown, { configurationIndex: 40 }));
    const known = ["seed:7400", "n4:7400", "n5:7400", "n6:7400"];
    expect(directory.addresses()).toEqual(known);
    for (const address of known) directory.failed(address);
    expect(directory.addresses()).toEqual([...known, "n2:7400"]);
    expect(directory.nodeIdAt("n2:7400")).toBe("n2");
    directory.learn("n5:7400", status("n5", grown, { configurationIndex: 40 }));
    expect(directory.addresses()).toEqual(known);
  });

  it("remembers no more than the last sixteen of them", () => {
    const directory = new Directory("seed:7400");
    for (let i = 1; i <= 100; i++) {
      directory.learn(`m${i}:7400`, status(`m${i}`, { [`m${i}`]: `m${i}:7400` }, { configurationIndex: i }));
      directory.failed(`m${i}:7400`);
    }
    directory.failed("seed:7400");
    expect(directory.addresses()).toHaveLength(17);
    expect(directory.addresses()).toContain("m85:7400");
    expect(directory.addresses()).not.toContain("m84:7400");
  });
});

describe("a node of another cluster", () => {
  it("is not believed, and the handle says so", () => {
    const directory = new Directory("n1:7400,n2:7400");
    directory.learn("n2:7400", status("n2", advertised));
    expect(directory.clusterId).toBe("c-1");
    const founded = status(
      "n1",
      { n1: "n1:7400", n9: "n9:7400" },
      { clusterId: "c-2", configurationIndex: 99 },
    );
    expect(() => directory.learn("n1:7400", founded)).toThrow(
      /n1:7400: node n1 belongs to cluster c-2.* c-1/,
    );
    expect(directory.addressOf("n9", undefined)).toBeUndefined();
    expect(directory.addressOf("n1", undefined)).toBe("n1:7400");
    expect(directory.addresses()).toEqual(["n1:7400", "n2:7400", "n3:7400"]);
  });
});
