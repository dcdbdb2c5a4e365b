import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import { type KeyValueStore, openLevel } from "../../src/storage/keyValueStore.ts";
import { openKeepingWal } from "../../src/storage/walKeeper.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wal-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** What a process that was killed after these synced writes has left behind. */
async function killedAfter(
  writes: readonly (readonly [key: string, value: string | null])[],
): Promise<string> {
  const [used, left] = [join(folder, "used"), join(folder, "left")];
  const store = await openLevel(used, true);
  for (const [key, value] of writes) await write(store, key, value);
  await cp(used, left, { recursive: true });
  await store.close();
  return left;
}

async function write(store: KeyValueStore, key: string, value: string | null): Promise<void> {
  const batch = store.batch();
  if (value === null) batch.del(Buffer.from(key));
  else batch.put(Buffer.from(key), Buffer.from(value));
  await batch.commit();
}

/** As LevelDB does when it cannot open or read a write-ahead log: it takes it for an empty one, and deletes it. */
async function openWithoutReading(path: string): Promise<KeyValueStore> {
  for (const name of await walsIn(path)) {
    await rm(join(path, name));
    await writeFile(join(path, name), "");
  }
  return await openLevel(path, true);
}

async function walsIn(path: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => name.endsWith(".log"));
}

async function contentOf(store: KeyValueStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const slice of store.scan())
    for (const [key, value] of slice) found[Buffer.from(key).toString()] = Buffer.from(value).toString();
  await store.close();
  return found;
}

const written = [
  ["a", "1"],
  ["b", "2"],
  ["a", "3"],
  ["b", null],
  ["c", "4"],
] as const;
const all = { a: "3", c: "4" };

describe("a database whose write-ahead log LevelDB cannot read when it opens it", () => {
  it("loses it where nobody looks", async () => {
    const path = await killedAfter(written);
    expect(await contentOf(await openWithoutReading(path))).toEqual({});
  });

  it("is not opened, and has everything at the next start", async () => {
    const path = await killedAfter(written);
    await expect(openKeepingWal(path, () => openWithoutReading(path))).rejects.toMatchObject({
      code: "DISK_FAILED",
      message: expect.stringContaining("Nothing is lost"),
    });
    expect(await contentOf(await openLevel(path, false))).toEqual(all);
    expect(await contentOf(await openLevel(path, false))).toEqual(all);
  });

  it("is not opened when only what the last write deleted is back", async () => {
    const path = await killedAfter([
      ["a", "1"],
      ["a", null],
    ]);
    const open = async (): Promise<KeyValueStore> => {
      const store = await openWithoutReading(path);
      await write(store, "a", "1");
      return store;
    };
    await expect(openKeepingWal(path, open)).rejects.toMatchObject({ code: "DISK_FAILED" });
    expect(await contentOf(await openLevel(path, false))).toEqual({});
  });

  it.each(["before it is opened", "after it was opened"])(
    "and whose process dies %s, loses nothing",
    async (when) => {
      const path = await killedAfter(written);
      const dying = async (): Promise<KeyValueStore> => {
        if (when === "after it was opened") await (await openWithoutReading(path)).close();
        throw new Error("killed");
      };
      await expect(openKeepingWal(path, dying)).rejects.toThrow("killed");
      // Whatever else the disk does at the next start.
      expect(await contentOf(await openKeepingWal(path, () => openWithoutReading(path)))).toEqual(all);
      expect(await contentOf(await openLevel(path, false))).toEqual(all);
    },
  );
});

it("what was kept is gone once the database serves: later writes stay as they are", async () => {
  const path = await killedAfter(written);
  const store = await openLevel(path, false);
  expect((await readdir(path)).filter((name) => name.startsWith("unproven"))).toEqual([]);
  await write(store, "a", "5");
  await store.close();
  expect(await contentOf(await openLevel(path, false))).toEqual({ ...all, a: "5" });
});

it("what was kept is let go of when another process has the database: that one goes on writing", async () => {
  const path = await killedAfter(written);
  const other = await openLevel(path, true);
  await expect(openLevel(path, false)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await write(other, "a", "5");
  await other.close();
  expect(await contentOf(await openLevel(path, false))).toEqual({ ...all, a: "5" });
});

it("what an earlier start has kept stays when the database is refused at the next one", async () => {
  const path = await killedAfter(written);
  await expect(openKeepingWal(path, () => openWithoutReading(path))).rejects.toMatchObject({
    code: "DISK_FAILED",
  });
  const refuse = () => Promise.reject(new ConclaveError("CONFIG_INVALID", "another user's lock file"));
  await expect(openKeepingWal(path, refuse)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  expect(await contentOf(await openLevel(path, false))).toEqual(all);
});

it("a write of many blocks is looked for, and written again, like all others", async () => {
  const long = "x".repeat(200_000);
  const path = await killedAfter([["long", long], ...written, ["long", `${long}!`]]);
  await expect(openKeepingWal(path, () => openWithoutReading(path))).rejects.toMatchObject({
    code: "DISK_FAILED",
  });
  expect(await contentOf(await openLevel(path, false))).toEqual({ ...all, long: `${long}!` });
});

it("a database without anything in its write-ahead log is opened as it is", async () => {
  const path = await killedAfter([]);
  expect(await contentOf(await openLevel(path, false))).toEqual({});
});
