import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DataDirectory } from "../../src/storage/dataDirectory.ts";
import { openDirectory } from "./support/openDirectory.ts";
import { temporaryFolder } from "./support/temporary.ts";

it("where the others listen is known without opening the directory, and when the rest was set aside", async () => {
  const path = temporaryFolder();
  expect(await DataDirectory.memberAddressesAt(path)).toEqual([]);
  const directory = await openDirectory(path);
  // Two configurations, one right after the other.
  await Promise.all([
    directory.rememberMembers(new Map(), ["c:1"]),
    directory.rememberMembers(new Map(), ["b:1", "a:1", "b:1"]),
  ]);
  // What is not known is no reason to forget what was.
  await directory.rememberMembers(new Map(), []);
  const { clusterName, nodeId } = directory.identity;
  await directory.close();
  expect(await DataDirectory.memberAddressesAt(path)).toEqual(["a:1", "b:1"]);
  await DataDirectory.setAside(path, { clusterName, nodeId });
  expect(await DataDirectory.memberAddressesAt(path)).toEqual(["a:1", "b:1"]);
  writeFileSync(join(path, "addresses.json"), "{");
  expect(await DataDirectory.memberAddressesAt(path)).toEqual([]);
});
