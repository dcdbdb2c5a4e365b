import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { crc32 } from "node:zlib";
import { ConclaveError } from "../base/errors.ts";
import { damaged } from "./damage.ts";

/** Small JSON files, replaced as a whole; the CRC-32 of the rest of the object is its last field. */

const formatVersion = 1;

/** Durable and atomic: after a crash the file is the old one or the new one. */
export async function writeSealed(path: string, fields: object): Promise<void> {
  const content = { format: formatVersion, ...fields };
  const checksum = checksumOf(content);
  await replaceFile(path, `${JSON.stringify({ ...content, checksum }, null, 2)}\n`);
}

/**
 * The fields that were written, or null when there is no such file. Rejects with DATA_CORRUPT when the
 * content is damaged, FORMAT_UNSUPPORTED when a newer release has written it.
 */
export async function readSealed(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  const { checksum, ...content } = parseObject(path, text);
  if (checksum !== checksumOf(content)) throw damaged(path, "its checksum does not match its content");
  if (content["format"] !== formatVersion) {
    throw new ConclaveError(
      "FORMAT_UNSUPPORTED",
      `${path} has format ${String(content["format"])}, and this release reads format ${formatVersion}: the data is ` +
        "intact; upgrade this node to the release that wrote it",
    );
  }
  return content;
}

function parseObject(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    throw damaged(path, "it is no JSON", cause);
  }
  throw damaged(path, "it holds no JSON object");
}

function checksumOf(content: object): string {
  return crc32(JSON.stringify(content)).toString(16).padStart(8, "0");
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = temporaryOf(path);
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** What `writeSealed` writes before the rename; a crash can leave it behind. */
export function temporaryOf(path: string): string {
  return `${dirname(path)}/.${basename(path)}.tmp`;
}

/** Makes the contents of all files in a folder durable, whoever wrote them and how. */
export async function syncFolder(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    const file = await open(join(path, name), "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
  await syncDirectory(path);
}

/**
 * Makes a directory, with those above it that are missing. Their names are durable when it resolves: each stands in the one
 * above, and one that a power loss takes away takes with it all that was synced below.
 */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const above = dirname(resolve(first));
  for (let at = resolve(path); at !== above; at = dirname(at)) await syncDirectory(dirname(at));
}

/** Makes renames, new files and removals in the directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
