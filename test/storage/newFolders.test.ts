import { mkdirSync } from "node:fs";
import type * as FileSystem from "node:fs/promises";
import { join, relative } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { makeFolder } from "../../src/storage/sealedFile.ts";
import { openDirectory } from "./support/openDirectory.ts";
import { temporaryFolder } from "./support/temporary.ts";

const synced = vi.hoisted(() => [] as string[]);

vi.mock("node:fs/promises", async (original) => {
  const real: typeof FileSystem = await original();
  const open: typeof real.open = async (path, flags, mode) => {
    const file = await real.open(path, flags, mode);
    const sync = file.sync.bind(file);
    file.sync = async () => {
      await sync();
      synced.push(String(path));
    };
    return file;
  };
  return { ...real, open };
});

beforeEach(() => void synced.splice(0));

/** What was synced of the folders above `root/a/b`, as paths from `root`. */
function syncedIn(root: string): readonly string[] {
  const paths = synced.map((path) => relative(root, path));
  return ["", "a", "a/b"].filter((path) => paths.includes(path));
}

test("a new data directory's name is durable, and so are those of the folders above it that were made", async () => {
  const root = temporaryFolder();
  await (await openDirectory(join(root, "a", "b"))).close();
  expect(syncedIn(root)).toEqual(["", "a", "a/b"]);
});

test("folders that were there are left alone, as they may be nobody's to read", async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, "a"));
  await makeFolder(join(root, "a", "b"));
  expect(syncedIn(root)).toEqual(["a"]);
  synced.splice(0);
  await makeFolder(join(root, "a", "b"));
  expect(synced).toEqual([]);
});
