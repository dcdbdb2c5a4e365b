import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { damaged } from "./damage.ts";
import { generationOf } from "./paths.ts";
import { readSealed, syncDirectory, writeSealed } from "./sealedFile.ts";
import { isThere } from "./unusable.ts";

/**
 * Puts a fresh data directory in the place of an old one, all or nothing, whenever the process dies. The new files are
 * made in `renewed/`; then the file `renewal` says what is to move where, and from then on the directory is the new one.
 * The old files are moved, never deleted. The old identity leaves first and the new one comes last, so that at no time the
 * old one stands beside empty data. The caller holds the directory's lock.
 */

const madeIn = "renewed";
const planName = "renewal";
const identityName = "identity.json";
const ours = new Set([
  identityName,
  "log",
  "marker",
  "peers.json",
  "incoming",
  "condemned",
  "bootstrap",
  "origin.json",
]);

interface Plan {
  /** Folder, in the data directory, for the old files. */
  readonly keptIn: string;
  readonly old: readonly string[];
  /**
   * All of the old files are in `keptIn`, or wherever an operator has taken them since: what stands under their names is
   * new. A release before this one has not told it, and went by what it found in `keptIn`.
   */
  readonly isOldMoved: boolean;
}

/** A folder for the new files. What an attempt before it has left is removed. */
export async function beginRenewal(root: string): Promise<string> {
  const folder = join(root, madeIn);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/** The new files are complete and synced: they take the places of the old ones, which move to `keptIn`. */
export async function carryOutRenewal(root: string, keptIn: string): Promise<void> {
  const names = await readdir(root);
  const old = names.filter((name) => ours.has(name) || generationOf(name) !== null);
  await syncDirectory(join(root, madeIn));
  await syncDirectory(root);
  const plan: Plan = { keptIn, old: identityFirst(old), isOldMoved: false };
  await writeSealed(join(root, planName), plan);
  await finishRenewal(root);
}

/**
 * Goes on where a crash has interrupted it. Without a plan nothing was decided: what was made goes away. Rejects with
 * DATA_CORRUPT.
 */
export async function finishRenewal(root: string): Promise<void> {
  const plan = await readPlan(join(root, planName));
  if (plan === null) return rm(join(root, madeIn), { recursive: true, force: true });
  if (!plan.isOldMoved) {
    await moveOld(root, plan);
    await writeSealed(join(root, planName), { ...plan, isOldMoved: true });
  }
  await moveNew(root);
  await syncDirectory(root);
  await rm(join(root, planName));
  await rm(join(root, madeIn), { recursive: true, force: true });
  await syncDirectory(root);
}

async function moveOld(root: string, { keptIn, old }: Plan): Promise<void> {
  const kept = join(root, keptIn);
  await mkdir(kept, { recursive: true, mode: 0o700 });
  for (const name of old) {
    // One that was moved before a crash is there; what stands under its name by now is new.
    if (!(await isThere(join(root, name))) || (await isThere(join(kept, name)))) continue;
    await rename(join(root, name), join(kept, name));
  }
  await syncDirectory(kept);
  await syncDirectory(root);
}

async function moveNew(root: string): Promise<void> {
  const made = join(root, madeIn);
  const fresh = (await isThere(made)) ? identityFirst(await readdir(made)).toReversed() : [];
  for (const name of fresh) {
    // What the identity stands for is there before it, also after a power loss.
    if (name === identityName) await syncDirectory(root);
    await rename(join(made, name), join(root, name));
  }
}

/** Whether one is to be finished: until then the directory is neither the old nor the new one. */
export function isRenewalPending(root: string): Promise<boolean> {
  return isThere(join(root, planName));
}

async function readPlan(path: string): Promise<Plan | null> {
  const fields = await readSealed(path);
  if (fields === null) return null;
  const { keptIn, old, isOldMoved } = fields;
  if (typeof keptIn !== "string" || !Array.isArray(old)) throw damaged(path, "it lacks a field");
  return { keptIn, old: old.map(String), isOldMoved: isOldMoved === true };
}

function identityFirst(names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => Number(b === identityName) - Number(a === identityName));
}
