import type * as FileSystem from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { fileIn, moveToTables } from "./support/damage.ts";
import { batch, entries, hardState } from "./support/entries.ts";
import { openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { configuration, jobRecord, metaRecord } from "./support/records.ts";
import { temporaryFolder } from "./support/temporary.ts";

const disk = vi.hoisted(() => ({ refuses: "" }));

vi.mock("node:fs/promises", async (original) => {
  const real: typeof FileSystem = await original();
  const open: typeof real.open = async (path, flags, mode) => {
    const file = await real.open(path, flags, mode);
    const read = file.read.bind(file);
    file.read = async (...args: Parameters<typeof read>) => {
      if (String(path) === disk.refuses)
        throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", syscall: "read" });
      return read(...args);
    };
    return file;
  };
  return { ...real, open };
});

afterEach(() => {
  disk.refuses = "";
});

test.each(["log", "records"])(
  "a table of the %s that the disk does not read is told by its name, before LevelDB maps it",
  async (database) => {
    const path = temporaryFolder();
    const directory = await openDirectory(path);
    await append(directory.log, batch({ hardState: hardState(1), entries: entries(1, 20) }));
    await directory.records.checkpoint({
      appliedIndex: LogIndex(10),
      configuration,
      records: [jobRecord("job-a"), metaRecord(10)],
      deletes: [],
    });
    await directory.close();
    await moveToTables(join(path, "log"));
    await moveToTables(join(path, "records"));
    const table = fileIn(join(path, database), ".ldb");
    disk.refuses = table;
    await expect(openDirectory(path)).rejects.toMatchObject({
      code: "DISK_FAILED",
      message: expect.stringContaining(`${table} could not be read: EIO`),
    });
    disk.refuses = "";
    await (await openDirectory(path)).close();
  },
);
