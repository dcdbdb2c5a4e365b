import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Level } from "level";

/** Files of a folder, below it too, whose name ends so. */
export function filesIn(root: string, ending = ""): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** The one file with this ending. */
export function fileIn(root: string, ending: string): string {
  const [path, ...others] = filesIn(root, ending).filter((each) => statSync(each).size > 0);
  if (path === undefined || others.length > 0)
    throw new Error(`not one ${ending} in ${root}: ${others.length}`);
  return path;
}

/** `position` from the end when negative. */
export function flipBit(path: string, position: number, bit = 0): void {
  const bytes = readFileSync(path);
  const at = position < 0 ? bytes.length + position : position;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(path, bytes);
}

/** Flips a bit where `needle` is, so that a test knows what it hits. */
export function flipBitAt(path: string, needle: string): void {
  const position = readFileSync(path).indexOf(needle);
  if (position < 0) throw new Error(`${path} does not hold ${needle}`);
  flipBit(path, position);
}

export function cutTo(path: string, bytes: number): void {
  truncateSync(path, bytes);
}

/** A copy of the files as they are on disk now: what a crash would leave, when all of it was synced. */
export function crashCopy(from: string, to: string): string {
  for (const [name, bytes] of atOneMoment(from)) {
    mkdirSync(bytes === null ? join(to, name) : dirname(join(to, name)), { recursive: true });
    if (bytes !== null) writeFileSync(join(to, name), bytes);
  }
  return to;
}

type Files = ReadonlyMap<string, Uint8Array | null>;

/**
 * `root` and what is below it; null for a folder. LevelDB renames and removes files in a thread of its own, and no crash leaves
 * some from before that and others from after it: what moved while it was read is read anew. Nothing else runs meanwhile,
 * so that LevelDB comes to rest.
 */
function atOneMoment(root: string): Files {
  for (let tries = 0; tries < 1_000; tries++) {
    try {
      const before = traceOf(root);
      const files = new Map(namesIn(root).map((name) => [name, bytesOf(join(root, name))] as const));
      if (traceOf(root) === before) return files;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  throw new Error(`${root} does not come to rest`);
}

function bytesOf(path: string): Uint8Array | null {
  return statSync(path).isDirectory() ? null : readFileSync(path);
}

function namesIn(root: string): readonly string[] {
  return [
    "",
    ...(statSync(root).isFile() ? [] : readdirSync(root, { recursive: true, encoding: "utf8" }).sort()),
  ];
}

/** Another one whenever a file came, went, or was written. */
function traceOf(root: string): string {
  return namesIn(root)
    .map((name) => {
      const { ino, size, mtimeNs } = statSync(join(root, name), { bigint: true });
      return `${name} ${ino} ${size} ${mtimeNs}`;
    })
    .join("\n");
}

/** Moves everything of a closed LevelDB from its write-ahead log into tables. */
export async function moveToTables(path: string): Promise<void> {
  const level = new Level<Uint8Array, Uint8Array>(path, { compression: false });
  await level.open();
  // Level's types cover browsers too and leave this method out.
  const compactable = level as unknown as { compactRange(from: Uint8Array, to: Uint8Array): Promise<void> };
  await compactable.compactRange(Buffer.from([0]), Buffer.from([0xff]));
  await level.close();
}
