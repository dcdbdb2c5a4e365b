import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { damaged } from "./damage.ts";
import { isGone } from "./unusable.ts";
import { varintAt } from "./walBatch.ts";
import { recordsOf } from "./walCheck.ts";

/** Tags of a VersionEdit (LevelDB's `version_edit.cc`), by what follows each of them. */
const comparator = 1;
const logNumber = 2;
const nextFileNumber = 3;
const lastSequence = 4;
const compactPointer = 5;
const deletedFile = 6;
const newFile = 7;
const previousLogNumber = 9;

/**
 * Whether LevelDB reads the write-ahead log of that number when it opens the database in `directory`. What is in an older one
 * is in tables, and may since have been written over in a later one: one that could not be removed, or whose process ended
 * before it was, says nothing any more.
 */
export async function liveWals(directory: string): Promise<(number: number) => boolean> {
  const path = await manifestPath(directory);
  const numbers = new Map<number, number>();
  try {
    await recordsOf(path, (edit) => {
      for (const [tag, number] of numbersIn(edit)) numbers.set(tag, number);
    });
  } catch (cause) {
    if (isGone(cause)) throw damaged(path, "this file of the database is gone", cause);
    if (!(cause instanceof RangeError)) throw cause;
    throw damaged(path, `a record in it is none, though its checksum holds (${cause.message})`, cause);
  }
  const first = numbers.get(logNumber) ?? 0;
  const previous = numbers.get(previousLogNumber) ?? 0;
  return (number) => number >= first || number === previous;
}

async function manifestPath(directory: string): Promise<string> {
  const path = join(directory, "CURRENT");
  const name = await readFile(path, "latin1");
  if (!/^MANIFEST-\d+\n$/.test(name)) throw damaged(path, "it does not name a file of the database");
  return join(directory, name.trimEnd());
}

/** The fields that are a single number. Throws RangeError for what is no VersionEdit. */
function* numbersIn(edit: Uint8Array): Generator<readonly [tag: number, number: number]> {
  const at = { offset: 0 };
  const skipBytes = (): void => {
    const length = varintAt(edit, at);
    at.offset += length;
    if (at.offset > edit.length) throw new RangeError("a field runs over its end");
  };
  while (at.offset < edit.length) {
    const tag = varintAt(edit, at);
    switch (tag) {
      case comparator:
        skipBytes();
        break;
      case logNumber:
      case nextFileNumber:
      case lastSequence:
      case previousLogNumber:
        yield [tag, varintAt(edit, at)];
        break;
      case compactPointer:
        varintAt(edit, at);
        skipBytes();
        break;
      case deletedFile:
        varintAt(edit, at);
        varintAt(edit, at);
        break;
      case newFile:
        for (let field = 0; field < 3; field++) varintAt(edit, at);
        skipBytes();
        skipBytes();
        break;
      default:
        throw new RangeError(`a field has tag ${tag}`);
    }
  }
}
