import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";

/** What the demo's jobs find out about a file; a line is a newline byte, as `wc -l` counts. */
export interface FileFacts {
  readonly sha256: string;
  readonly lines: number;
  readonly bytes: number;
}

const newline = 10;

/** The work of a job: reads the file in pieces, so that a large one neither fills memory nor holds up the loop. */
export async function computeFacts(path: string, signal: AbortSignal): Promise<FileFacts> {
  const hash = createHash("sha256");
  let lines = 0;
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024, signal })) {
    const piece = chunk as Buffer;
    hash.update(piece);
    bytes += piece.length;
    for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, at + 1)) lines++;
  }
  return { sha256: hash.digest("hex"), lines, bytes };
}

/** The same by other means, for the audit: the whole file at once, and every byte looked at. */
export async function factsDirectly(path: string): Promise<FileFacts> {
  const content = await readFile(path);
  let lines = 0;
  for (let at = 0; at < content.length; at++) if (content[at] === newline) lines++;
  return { sha256: createHash("sha256").update(content).digest("hex"), lines, bytes: content.length };
}
