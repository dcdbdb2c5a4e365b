import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import { writeBackup } from "../../src/disaster/backupWriter.ts";
import { DataDirectory } from "../../src/storage/dataDirectory.ts";
import { DirectoryLock } from "../../src/storage/directoryLock.ts";
import { explainOpenError, explainReadError, openLevel } from "../../src/storage/keyValueStore.ts";
import { finishRenewal, isRenewalPending } from "../../src/storage/renewal.ts";
import { temporaryFolder } from "./support/temporary.ts";

/** What the disk or the system refuses is no damage: data that is whole must not be given up for it. */

function levelError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe("a read that LevelDB fails", () => {
  it.each([
    ["LEVEL_IO_ERROR", "IO error: 000005.ldb: Input/output error", "DISK_FAILED"],
    ["LEVEL_IO_ERROR", "IO error: 000005.ldb: Too many open files", "DISK_FAILED"],
    ["LEVEL_IO_ERROR", "IO error: 000005.ldb: No such file or directory", "DATA_CORRUPT"],
    // A table that is shorter than it was, and mapped into memory.
    ["LEVEL_IO_ERROR", "IO error: 000005.ldb: Invalid argument", "DATA_CORRUPT"],
    ["LEVEL_CORRUPTION", "Corruption: block checksum mismatch", "DATA_CORRUPT"],
    ["LEVEL_DATABASE_NOT_OPEN", "Database is not open", "SHUTTING_DOWN"],
  ])("%s, %s", (code, message, expected) => {
    expect(explainReadError("/d/log", levelError(code, message)).code).toBe(expected);
  });
});

describe("a database that cannot be opened", () => {
  it("since its folder cannot be made: no damage", () => {
    const cause = Object.assign(new Error("ENOSPC: no space left on device, mkdir '/d/lock'"), {
      code: "ENOSPC",
      syscall: "mkdir",
    });
    expect(explainOpenError("/d/lock", new Error("not open", { cause }))).toMatchObject({
      code: "DISK_FAILED",
    });
  });

  it("since nobody can tell whether it is there: no damage", async () => {
    const path = temporaryFolder();
    symlinkSync("CURRENT", join(path, "CURRENT"));
    await expect(openLevel(path, false)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("of the lock: only a damaged one is made anew", async () => {
    const path = temporaryFolder();
    mkdirSync(join(path, "lock"));
    writeFileSync(join(path, "lock", "kept"), "");
    const failed = new ConclaveError("DISK_FAILED", "no space left");
    let opened = 0;
    const taking = DirectoryLock.take(path, () => {
      opened += 1;
      return Promise.reject(failed);
    });
    await expect(taking).rejects.toBe(failed);
    expect(opened).toBe(1);
  });
});

it("whoever cannot see whether a replacement is under way does nothing", async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, "renewed"));
  symlinkSync("renewal", join(root, "renewal"));
  await expect(isRenewalPending(root)).rejects.toMatchObject({ code: "ELOOP" });
  await expect(finishRenewal(root)).rejects.toMatchObject({ code: "ELOOP" });
  await expect(DataDirectory.identityAt(root)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});

it("whoever cannot see whether a backup is there does not write another one in its place", async () => {
  const path = join(temporaryFolder(), "today.backup");
  symlinkSync("today.backup", path);
  const parts = (async function* () {})();
  await expect(writeBackup(path, parts, { overwrite: false })).rejects.toMatchObject({
    code: "DISK_FAILED",
  });
});

it("a backup whose part cannot even be removed fails with what went wrong first", async () => {
  const path = join(temporaryFolder(), "today.backup");
  const broken = new Error("the stream broke");
  const parts = (async function* () {
    rmSync(`${path}.part`);
    mkdirSync(`${path}.part`);
    yield await Promise.reject(broken);
  })();
  await expect(writeBackup(path, parts, { overwrite: false })).rejects.toBe(broken);
});

it("a database that LevelDB does not see, though it was there a moment before, is refused by the disk", () => {
  const cause = new Error("Invalid argument: /d/log: does not exist (create_if_missing is false)");
  expect(explainOpenError("/d/log", cause)).toMatchObject({ code: "DISK_FAILED" });
});
