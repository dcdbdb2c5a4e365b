import { describe, expect, it } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { explainReadError } from "../../src/storage/keyValueStore.ts";
import { readMark } from "../../src/storage/marker.ts";
import { failureOf } from "../support/failure.ts";
import { filesIn } from "./support/damage.ts";
import { batch, entries, hardState, shown } from "./support/entries.ts";
import { diskError } from "./support/faultyStore.ts";
import { openDirectory } from "./support/openDirectory.ts";
import { append, openLog } from "./support/openLog.ts";
import { temporaryFolder } from "./support/temporary.ts";
import { runWriter } from "./support/writerProcess.ts";

const failed = { code: "DISK_FAILED" };

describe("a write that fails", () => {
  it("ENOSPC: nothing is written or acknowledged after it", async () => {
    const root = temporaryFolder();
    const { log, store } = await openLog(root);
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 3) }));
    store.failure = { error: diskError("ENOSPC"), when: "before" };
    const refused = append(log, batch({ entries: entries(4, 5) }));
    await expect(refused).rejects.toMatchObject({
      ...failed,
      message: expect.stringMatching(/No space left on device.*must end/),
    });
    // The disk has room again, and LevelDB would take it: acknowledged now, lost on reopen.
    const { commits } = store;
    await expect(append(log, batch({ entries: entries(6, 7) }))).rejects.toMatchObject(failed);
    await expect(log.compact(LogIndex(1))).rejects.toMatchObject(failed);
    await expect(log.read(LogIndex(1), LogIndex(2), 100)).rejects.toMatchObject(failed);
    await expect(log.whenDurable(LogIndex(9))).rejects.toMatchObject(failed);
    await log.close();
    expect(store.commits).toBe(commits);
    const again = await openLog(root);
    expect(again.entries.map(shown)).toEqual(entries(1, 3).map(shown));
    await again.log.close();
  });

  // Put it in: remedy.ts: always speak of the disk.
  it("says what to do: more room, or more files where the system lets the process open no more", async () => {
    const remedyFor = async (code: "ENOSPC" | "EMFILE") => {
      const { log, store } = await openLog(temporaryFolder());
      store.failure = { error: diskError(code), when: "before" };
      const { message } = await failureOf(append(log, batch({ hardState: hardState(1) })));
      await log.close();
      return message.replace(/.*start it again /, "");
    };
    expect(await remedyFor("ENOSPC")).toBe("when the disk has room and works");
    const read = explainReadError("/data/log", diskError("EMFILE"));
    expect(read.code).toBe("DISK_FAILED");
    for (const text of [await remedyFor("EMFILE"), read.message])
      expect(text).toMatch(/limit of open files \(ulimit -n/);
  });

  it("EIO from the sync: the entry may be there after all, and was not acknowledged", async () => {
    const root = temporaryFolder();
    const { log, store } = await openLog(root);
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 3) }));
    store.failure = { error: diskError("EIO"), when: "after" };
    await expect(append(log, batch({ entries: entries(4, 5) }))).rejects.toMatchObject(failed);
    expect(log.lastEntry.index).toBe(3);
    await expect(append(log, batch())).rejects.toMatchObject(failed);
    await log.close();
    const again = await openLog(root);
    expect(again.log.lastEntry.index).toBe(5);
    await again.log.close();
  });

  it("fails all that wait behind it, in a truncation as well", async () => {
    const { log, store } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 9) }));
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    store.failure = { error: diskError("EIO"), when: "before" };
    const all = [
      append(log, batch({ truncateFrom: 5, entries: entries(5, 6) })),
      log.compact(LogIndex(3)),
      append(log, batch({ entries: entries(7, 7) })),
      log.whenDurable(LogIndex(12)),
    ];
    const settled = Promise.allSettled(all);
    open();
    for (const result of await settled) expect(result).toMatchObject({ status: "rejected", reason: failed });
    await log.close();
  });

  it("leaves the marker where it was: it promises nothing that is unsure", async () => {
    const { log, store, markerPath, marker } = await openLog(temporaryFolder());
    await append(log, batch({ hardState: hardState(1), entries: entries(1, 3) }));
    await marker.flush();
    await append(log, batch({ entries: entries(4, 4) }));
    store.failure = { error: diskError("EIO"), when: "before" };
    await expect(append(log, batch({ entries: entries(5, 5) }))).rejects.toMatchObject(failed);
    await log.close();
    expect((await readMark(markerPath))?.lastEntry.index).toBe(3);
  });
});

it("a real one, from the kernel: a file that may not grow", async () => {
  const path = temporaryFolder();
  const end = await runWriter({ path, mode: "append", fileLimitKiB: 256 });
  const [last = "", later] = end.lines.slice(-2);
  expect(last).toMatch(/^failed DISK_FAILED writing .*File too large/);
  expect([later, end.exitCode]).toEqual(["later DISK_FAILED", 7]);
  const wrote = end.lines.filter((line) => line.startsWith("wrote ")).at(-1);
  const directory = await openDirectory(path);
  expect(directory.log.lastEntry.index).toBeGreaterThanOrEqual(Number(wrote?.split(" ")[1]));
  // The process may have ended in the middle of the marker's own, which is made anew.
  expect(filesIn(path, ".tmp").filter((name) => !name.endsWith(".marker.tmp"))).toEqual([]);
  await directory.close();
});
