import { expect, test } from "vitest";
import { SeededRandom } from "../../../src/base/random.ts";
import { inMacrotask } from "../run/inMacrotask.ts";
import { SkewedClock } from "../time/clock.ts";
import { Host } from "../time/host.ts";
import { Timeline } from "../time/timeline.ts";
import { Disk, type Kind } from "./disk.ts";
import { mount, virtualFiles } from "./files.ts";
import { openStoreOf, type SimStore } from "./store.ts";

const key = Buffer.from("k");

interface Machine {
  readonly timeline: Timeline;
  readonly disk: Disk;
  /** What became of it within a second; null when nothing did. */
  readonly run: (act: () => Promise<unknown>) => unknown;
  readonly store: SimStore;
}

/** What the disk does is seen only by simulated processes, which run in macrotasks. */
function onMachine(seed: number, test: (machine: Machine) => void): Promise<void> {
  return inMacrotask(() => {
    const timeline = new Timeline();
    const disk = new Disk(timeline, new SeededRandom(seed));
    const host = new Host({
      name: "a",
      timeline,
      clock: new SkewedClock(() => timeline.now, 1, 0, 0),
      random: new SeededRandom(1),
      turnMs: 0,
      lookCostMs: 0,
      onUncaught: (error) => {
        throw error;
      },
    });
    mount(host, disk);
    const run = (act: () => Promise<unknown>): unknown => {
      let found: unknown = null;
      host.run(() => {
        act().then(
          (value) => {
            found = value ?? "done";
          },
          (error: unknown) => {
            found = error;
          },
        );
      });
      timeline.runUntil(timeline.now + 1_000);
      return found;
    };
    const store = run(() => openStoreOf(host, disk)("/d/log", true)) as SimStore;
    disk.files.write("/d/f", "text");
    test({ timeline, disk, run, store });
  });
}

function written(store: SimStore, durability: "synced" | "unsynced"): () => Promise<void> {
  return () => {
    const batch = store.batch();
    batch.put(key, Buffer.from("v"));
    return batch.commit(durability);
  };
}

/** What is asked of the disk, each by a disk of its own. */
const acts: Record<string, (machine: Machine) => () => Promise<unknown>> = {
  read:
    ({ store }) =>
    () =>
      store.get(key),
  scan:
    ({ store }) =>
    async () => {
      for await (const slice of store.scan()) if (slice.length > 0) return slice;
      return "nothing";
    },
  unsynced: ({ store }) => written(store, "unsynced"),
  synced: ({ store }) => written(store, "synced"),
  readFile: () => () => virtualFiles.readFile("/d/f"),
  readdir: () => () => virtualFiles.readdir("/d"),
  access: () => () => virtualFiles.access("/d/f"),
  rename: () => () => virtualFiles.rename("/d/f", "/d/g"),
  mkdir: () => () => virtualFiles.mkdir("/d/folder"),
  writeFile: () => async () => (await virtualFiles.open("/d/new", "w")).writeFile("content"),
  rm: () => () => virtualFiles.rm("/d/f"),
};

/** Codes of the errors, and "" for success, of many disks. */
async function outcomes(act: string, prepare: (disk: Disk) => void): Promise<string[]> {
  const found = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    await onMachine(seed, (machine) => {
      machine.run(written(machine.store, "synced"));
      prepare(machine.disk);
      const outcome = machine.run(acts[act]?.(machine) ?? (() => Promise.resolve()));
      const code = outcome instanceof Error && "code" in outcome ? String(outcome.code) : "";
      const cause = outcome instanceof Error && outcome.cause instanceof Error ? outcome.cause.message : "";
      found.add(outcome === null ? "hangs" : `${code} ${/Input|No space/.exec(cause)?.[0] ?? ""}`.trim());
      const isFailure = outcome instanceof Error;
      expect(machine.disk.hasFailed).toBe(isFailure);
    });
  }
  return [...found].sort();
}

test.each([
  ["read", "DISK_FAILED Input"],
  ["scan", "DISK_FAILED Input"],
  ["readFile", "EIO"],
  ["readdir", "EIO"],
  ["access", "EIO"],
])("a broken disk fails a %s, unless memory serves it; a full one does not", async (act, code) => {
  expect(await outcomes(act, (disk) => disk.fail("EIO"))).toEqual(["", code]);
  const isOfFiles = code === "EIO";
  expect(await outcomes(act, (disk) => disk.fail("EIO", true))).toEqual(isOfFiles ? [""] : ["", code]);
  expect(await outcomes(act, (disk) => disk.fail("ENOSPC"))).toEqual([""]);
});

test.each(["rename", "mkdir", "writeFile"])("%s fails on a broken disk and on a full one", async (act) => {
  expect(await outcomes(act, (disk) => disk.fail("EIO"))).toEqual(["", "EIO"]);
  expect(await outcomes(act, (disk) => disk.fail("ENOSPC"))).toEqual(["", "ENOSPC"]);
  expect(await outcomes(act, (disk) => disk.fail("EIO", true))).toEqual([""]);
});

test("a removal fails on a broken disk, and makes room on a full one", async () => {
  expect(await outcomes("rm", (disk) => disk.fail("EIO"))).toEqual(["", "EIO"]);
  expect(await outcomes("rm", (disk) => disk.fail("ENOSPC"))).toEqual([""]);
});

test.each(["EIO", "ENOSPC"] as const)(
  "writes fail with %s, those that need no sync unless memory takes them",
  async (how) => {
    expect(await outcomes("unsynced", (disk) => disk.fail(how))).toEqual(["", "LEVEL_IO_ERROR"]);
    expect(await outcomes("synced", (disk) => disk.fail(how))).toEqual(["LEVEL_IO_ERROR"]);
  },
);

test.each(Object.keys(acts))("while the disk hangs so does a %s, and is done afterwards", async (act) => {
  expect(await outcomes(act, (disk) => disk.stall(5_000))).toEqual(["hangs"]);
  expect(await outcomes(act, (disk) => disk.stall(500))).toEqual([""]);
});

test("of a write to a file that failed a part may be there", async () => {
  const found = new Set<string | null>();
  for (let seed = 0; seed < 60; seed++) {
    await onMachine(seed, ({ disk, run }) => {
      disk.fail("ENOSPC");
      run(acts["writeFile"]?.({} as Machine) ?? (() => Promise.resolve()));
      found.add(disk.files.read("/d/new"));
    });
  }
  expect([...found]).toEqual(expect.arrayContaining([null, "", "con", "content"]));
});

test.each(["read", "unsynced", "synced", "readFile", "writeFile"])(
  "of a disk that fails once the next %s fails where it is to, and the one after it does not",
  async (name) => {
    const kind = ({ unsynced: "write", synced: "sync" } as Record<string, Kind>)[name] ?? (name as Kind);
    for (const place of ["/d/log", "/d/f", "/d/new", "/elsewhere"]) {
      await onMachine(1, (machine) => {
        machine.run(written(machine.store, "synced"));
        machine.disk.failOnce({ kind, at: (path) => path === place, how: "EIO" });
        const act = acts[name]?.(machine) ?? (() => Promise.resolve());
        const own = { readFile: "/d/f", writeFile: "/d/new" }[name] ?? "/d/log";
        expect([machine.run(act), machine.run(act)].map((each) => each instanceof Error)).toEqual([
          place === own,
          false,
        ]);
        expect(machine.disk.hasFailed).toBe(place === own);
      });
    }
  },
);
