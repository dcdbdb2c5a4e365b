import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { lockFolder } from "./directoryLock.ts";
import { syncDirectory, temporaryOf, writeSealed } from "./sealedFile.ts";

/** There only while a data directory is being made: tells one that is half made from one that lost its identity. */
const fileName = "bootstrap";

export type BootstrapState =
  | { readonly type: "empty" }
  | { readonly type: "interrupted" }
  /** Holds files of unknown origin. */
  | { readonly type: "foreign"; readonly names: readonly string[] };

/** Of a directory without an identity. */
export async function bootstrapState(root: string): Promise<BootstrapState> {
  const names = await readdir(root);
  if (names.includes(fileName)) return { type: "interrupted" };
  const known = harmless(root);
  const others = names.filter((name) => !known.has(name));
  return others.length === 0 ? { type: "empty" } : { type: "foreign", names: others };
}

/** Durably marks the directory as being made. */
export async function beginBootstrap(root: string): Promise<void> {
  await writeSealed(join(root, fileName), {});
}

/** Removes the mark, if it is still there. */
export async function endBootstrap(root: string): Promise<void> {
  await rm(join(root, fileName), { force: true });
  await syncDirectory(root);
}

/** A file system's own folder, the lock, and what a crash can leave of the very first write. */
function harmless(root: string): ReadonlySet<string> {
  return new Set(["lost+found", lockFolder, basename(temporaryOf(join(root, fileName)))]);
}
