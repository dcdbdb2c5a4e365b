import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import { crc32c } from "../../src/storage/crc32c.ts";
import { type KeyValueStore, openLevel } from "../../src/storage/keyValueStore.ts";
import { openKeepingWal } from "../../src/storage/walKeeper.ts";
import { liveWals } from "../../src/storage/walManifest.ts";

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

describe("a write-ahead log that could not be removed", () => {
  /** What it held last was written over in a later one, which is in tables and gone; the newest has nothing of that key. */
  async function leftOver(): Promise<string> {
    const path = await killedAfter(written);
    const [name = ""] = await walsIn(path);
    const removed = join(folder, name);
    await cp(join(path, name), removed);
    await reopened(path, [["c", "6"]]);
    await reopened(path, [["d", "7"]]);
    await cp(removed, join(path, name));
    expect(await walsIn(path)).toHaveLength(2);
    return path;
  }

  async function reopened(path: string, writes: Parameters<typeof killedAfter>[0]): Promise<void> {
    const store = await openLevel(path, false);
    for (const [key, value] of writes) await write(store, key, value);
    await store.close();
  }

  it("is not looked for", async () => {
    expect(await contentOf(await openLevel(await leftOver(), false))).toEqual({ a: "3", c: "6", d: "7" });
  });

  it("is not written over what is newer when the newest cannot be read", async () => {
    const path = await leftOver();
    await expect(openKeepingWal(path, () => openWithoutReading(path))).rejects.toMatchObject({
      code: "DISK_FAILED",
    });
    expect(await contentOf(await openLevel(path, false))).toEqual({ a: "3", c: "6", d: "7" });
  });
});

describe("which write-ahead logs a database reads", () => {
  it("are told by what it wrote of itself, however often it was opened", async () => {
    const path = await killedAfter(written);
    for (let round = 0; round < 3; round++) {
      const isLive = await liveWals(path);
      const [name = ""] = await walsIn(path);
      const number = Number.parseInt(name, 10);
      expect([isLive(number), isLive(number - 1), isLive(number + 1)]).toEqual([true, false, true]);
      await (await openLevel(path, false)).close();
    }
  });

  it.each([
    ["names nothing", "CURRENT", ""],
    ["names what is no file of it", "CURRENT", "..\n"],
    ["names what is not there", "CURRENT", "MANIFEST-999999\n"],
  ])("are unknown when CURRENT %s: the data is damaged", async (_how, file, text) => {
    const path = await killedAfter(written);
    await writeFile(join(path, file), text);
    await expect(openLevel(path, false)).rejects.toMatchObject({ code: "DATA_CORRUPT" });
  });

  it("are unknown when a record of the manifest is none: the data is damaged", async () => {
    const path = await killedAfter(written);
    const manifest = join(path, (await readFile(join(path, "CURRENT"), "utf8")).trim());
    // A field of a tag that there is not, with its checksum.
    await appendFile(manifest, fullRecord(Buffer.from([99])));
    await expect(openLevel(path, false)).rejects.toMatchObject({
      code: "DATA_CORRUPT",
      message: expect.stringContaining("a record in it is none"),
    });
  });
});

/** As LevelDB frames it. */
function fullRecord(payload: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from([1]), payload]);
  const crc = crc32c(typed);
  const record = Buffer.alloc(7 + payload.length);
  record.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0, 0);
  record.writeUInt16LE(payload.length, 4);
  typed.copy(record, 6);
  return record;
}
