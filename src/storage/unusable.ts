import { access } from "node:fs/promises";
import { ConclaveError } from "../base/errors.ts";
import { startAgainWhen } from "./remedy.ts";

/** What the system says when the path itself is at fault, not the disk. */
const misplaced = new Set([
  "EACCES",
  "EEXIST",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
  "EPERM",
  "EROFS",
]);

/** There is no such file; any other error leaves open whether there is one. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** An error of the file system on opening a data directory, as CONFIG_INVALID or DISK_FAILED; any other as it is. */
export function unusable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ConclaveError || !("code" in error)) return error;
  const { code } = error;
  if (typeof code !== "string" || !("syscall" in error)) return error;
  if (misplaced.has(code)) {
    return new ConclaveError(
      "CONFIG_INVALID",
      `${path} cannot be used as the data directory: ${error.message}; name a folder that this user may write to`,
      { cause: error },
    );
  }
  return new ConclaveError(
    "DISK_FAILED",
    `the data directory ${path} could not be opened: ${error.message}. Nothing was voted, acknowledged or served; ` +
      `start this node again ${startAgainWhen(error)}`,
    { cause: error },
  );
}

/** Rejects as the disk does: taken for absent, what is there would be lost. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
