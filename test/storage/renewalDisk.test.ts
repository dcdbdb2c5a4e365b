import type * as FileSystem from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { DataDirectory } from "../../src/storage/dataDirectory.ts";
import { isRenewalPending } from "../../src/storage/renewal.ts";
import { writeSealed } from "../../src/storage/sealedFile.ts";
import { openDirectory } from "./support/openDirectory.ts";
import { temporaryFolder } from "./support/temporary.ts";

const disk = vi.hoisted(() => ({ fails: false }));

vi.mock("node:fs/promises", async (original) => {
  const real: typeof FileSystem = await original();
  const rename: typeof real.rename = async (from, to) => {
    if (disk.fails)
      throw Object.assign(new Error("EIO: i/o error, rename"), { code: "EIO", syscall: "rename" });
    await real.rename(from, to);
  };
  return { ...real, rename };
});

test("a disk that fails while the replacement of damaged data is finished is DISK_FAILED, and once it works that is gone on with", async () => {
  const path = temporaryFolder();
  await (await openDirectory(path)).close();
  // As a crash has left it in the middle of the replacement.
  await writeSealed(join(path, "renewal"), { keptIn: "damaged-1", old: ["identity.json"] });
  disk.fails = true;
  await expect(DataDirectory.identityAt(path)).rejects.toMatchObject({
    code: "DISK_FAILED",
    message: expect.stringContaining("start this node again when the disk has room and works"),
  });
  disk.fails = false;
  expect(await DataDirectory.identityAt(path)).toBeNull();
  expect(await isRenewalPending(path)).toBe(false);
});
