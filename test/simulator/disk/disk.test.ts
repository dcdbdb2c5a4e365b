import { expect, test } from "vitest";
import { SeededRandom } from "../../../src/base/random.ts";
import { Timeline } from "../time/timeline.ts";
import { Disk } from "./disk.ts";
import { FileTree } from "./fileTree.ts";
import { type Operation, StoreModel } from "./storeModel.ts";

function put(key: string, text: string): readonly Operation[] {
  return [{ type: "put", key, value: Buffer.from(text) }];
}

function contentOf(store: StoreModel): Record<string, string> {
  return Object.fromEntries([...store.content()].map(([key, value]) => [key, Buffer.from(value).toString()]));
}

test("a crash keeps what was synced, and of the rest a prefix in order", () => {
  const kept = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const store = new StoreModel(() => undefined);
    const [a, b, c] = [put("a", "1"), put("b", "2"), put("c", "3")];
    for (const batch of [a, b, c]) store.begin(batch);
    store.synced(a);
    store.crash(new SeededRandom(seed), "power");
    kept.add(Object.keys(contentOf(store)).join(""));
  }
  expect([...kept].sort()).toEqual(["a", "ab", "abc"]);
});

test("after a failed write later ones seem to be there, and are gone when it is opened again", () => {
  const store = new StoreModel(() => undefined);
  const [lost, later] = [put("lost", "1"), put("later", "2")];
  store.begin(lost);
  store.failed(lost);
  store.begin(later);
  store.synced(later);
  expect(contentOf(store)).toEqual({ later: "2" });
  store.crash(new SeededRandom(1), "process");
  expect(contentOf(store)).toEqual({});
});

test("damage takes one batch from the middle and leaves those after it", () => {
  const store = new StoreModel(() => undefined);
  for (const key of ["a", "b", "c"]) {
    const batch = put(key, key);
    store.begin(batch);
    store.synced(batch);
  }
  const took = store.loseFromMiddle(
    new SeededRandom(1),
    (batch, later) => batch[0]?.key === "b" && later.length > 0,
  );
  expect(took).toBe(true);
  expect(contentOf(store)).toEqual({ a: "a", c: "c" });
});

test("a bit that was flipped stays so, whatever a crash takes and the database is made of anew", () => {
  for (let seed = 0; seed < 20; seed++) {
    const store = new StoreModel(() => undefined);
    // Enough for the first ones to be in tables.
    for (let n = 0; n < 100; n++) store.written(put(`k${n}`, "whole"));
    store.syncAll();
    for (const key of ["k0", "k99"]) store.flip(key, new SeededRandom(seed));
    store.written(put("later", "1"));
    store.crash(new SeededRandom(seed), "power");
    const { k0, k50, k99 } = contentOf(store);
    expect(k50).toBe("whole");
    expect(k0).not.toBe("whole");
    expect(k99).not.toBe("whole");
  }
});

test("a rename without a sync of the folder may be undone by a power loss, never half done", () => {
  const found = new Set<string | null>();
  for (let seed = 0; seed < 40; seed++) {
    const files = new FileTree();
    files.write("/d/f", "old");
    files.syncFile("/d/f");
    files.syncFolder("/d");
    files.write("/d/tmp", "new");
    files.syncFile("/d/tmp");
    files.rename("/d/tmp", "/d/f");
    files.powerLoss(new SeededRandom(seed));
    found.add(files.read("/d/f"));
  }
  expect(found).toEqual(new Set(["old", "new"]));
});

test("a file that was never synced may be torn", () => {
  const found = new Set<string | null>();
  for (let seed = 0; seed < 60; seed++) {
    const files = new FileTree();
    files.write("/d/f", "text");
    files.syncFolder("/d");
    files.powerLoss(new SeededRandom(seed));
    found.add(files.read("/d/f"));
  }
  expect(found.has("te")).toBe(true);
  expect(found.has("text")).toBe(true);
});

test("a file is kept once the folder of its name is synced", () => {
  const files = new FileTree();
  files.write("/a/file.tmp", "whole");
  files.syncFile("/a/file.tmp");
  files.rename("/a/file.tmp", "/a/file");
  expect([files.has("/a/file"), files.keeps("/a/file")]).toEqual([true, false]);
  files.syncFolder("/a");
  expect(files.keeps("/a/file")).toBe(true);
  files.remove("/a/file");
  expect(files.keeps("/a/file")).toBe(false);
});

test("what was written without a sync outlives the process, and a power loss leaves a prefix of it", () => {
  const kept = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const store = new StoreModel(() => undefined);
    for (const key of ["a", "b"]) store.written(put(key, key));
    store.crash(new SeededRandom(seed), "process");
    expect(Object.keys(contentOf(store))).toEqual(["a", "b"]);
    store.written(put("c", "c"));
    store.syncAll();
    for (const key of ["d", "e"]) store.written(put(key, key));
    store.crash(new SeededRandom(seed), "power");
    kept.add(Object.keys(contentOf(store)).join(""));
  }
  expect([...kept].sort()).toEqual(["abc", "abcd", "abcde"]);
});

test("of folders that were renamed without a sync a power loss undoes the last ones, and loses none", () => {
  const found = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const files = new FileTree();
    const stores = ["old", "new"].map(() => new StoreModel(() => undefined));
    files.makeStore("/d/log", stores[0] as StoreModel);
    files.makeStore("/d/renewed/log", stores[1] as StoreModel);
    files.syncFolder("/d");
    files.syncFolder("/d/renewed");
    files.rename("/d/log", "/d/damaged/log");
    files.rename("/d/renewed/log", "/d/log");
    files.powerLoss(new SeededRandom(seed));
    const at = (store: StoreModel | undefined): string =>
      files.stores().find((each) => each[1] === store)?.[0] ?? "";
    found.add(`${at(stores[0])} ${at(stores[1])}`);
  }
  expect([...found].sort()).toEqual([
    "/d/damaged/log /d/log",
    "/d/damaged/log /d/renewed/log",
    "/d/log /d/renewed/log",
  ]);
});

test("a copy that is put back holds what was there when it was made, and nothing of what came later", () => {
  const disk = new Disk(new Timeline(), new SeededRandom(1));
  const told: string[] = [];
  disk.onSynced = (path, operations) => told.push(`${path} ${operations.map(({ key }) => key).join()}`);
  const write = (store: StoreModel, key: string): void => {
    const batch = put(key, key);
    store.begin(batch);
    store.synced(batch);
  };
  disk.files.write("/d/marker", "then");
  write(disk.store("/d/log", true), "a");
  const putBack = disk.copy();
  disk.files.write("/d/marker", "now");
  write(disk.store("/d/log", false), "b");
  putBack();
  expect(disk.files.read("/d/marker")).toBe("then");
  expect(contentOf(disk.store("/d/log", false))).toEqual({ a: "a" });
  disk.files.powerLoss(new SeededRandom(2));
  write(disk.store("/d/log", false), "c");
  expect(contentOf(disk.store("/d/log", false))).toEqual({ a: "a", c: "c" });
  expect(told).toEqual(["/d/log a", "/d/log b", "/d/log c"]);
});

test("after a failed write those that need not be synced seem to be there as well, and are gone later", () => {
  const store = new StoreModel(() => undefined);
  store.written(put("before", "1"));
  store.failed(put("lost", "1"));
  store.written(put("later", "2"));
  expect(contentOf(store)).toEqual({ before: "1", later: "2" });
  store.crash(new SeededRandom(1), "process");
  expect(contentOf(store)).toEqual({ before: "1" });
});
