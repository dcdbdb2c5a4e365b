import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { frameEntry, frameOf } from "../../src/codec/frame.ts";
import { messageType } from "../../src/codec/proto.ts";
import { openLevel } from "../../src/storage/keyValueStore.ts";
import { writeSealed } from "../../src/storage/sealedFile.ts";
import { recordsSumKey, runKey } from "../../src/storage/storedValues.ts";
import { encodeOldRecord } from "../support/oldRecord.ts";
import { filesIn } from "./support/damage.ts";
import { batch, entries, entry, hardState } from "./support/entries.ts";
import { contentOf, openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { configuration, jobRecord, metaRecord } from "./support/records.ts";
import { temporaryFolder } from "./support/temporary.ts";

async function stopped(): Promise<string> {
  const path = temporaryFolder();
  const directory = await openDirectory(path);
  await append(directory.log, batch({ hardState: hardState(1), entries: entries(1, 3) }));
  const records = [jobRecord("a"), metaRecord(3)];
  await directory.records.checkpoint({ appliedIndex: LogIndex(3), configuration, records, deletes: [] });
  await directory.close();
  return path;
}

async function put(path: string, key: Uint8Array, value: Uint8Array): Promise<void> {
  const store = await openLevel(path, false);
  const operations = store.batch();
  operations.put(key, value);
  await operations.commit();
  await store.close();
}

function sealed(bytes: Uint8Array): Uint8Array {
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(crc32(bytes));
  return Buffer.concat([bytes, trailer]);
}

/** The fourth entry, as a release that knows this format writes it. */
async function withEntryOfFormat(path: string, format: number): Promise<void> {
  const directory = await openDirectory(path);
  const previous = directory.log.entryAt(LogIndex(3))?.checksum ?? 0;
  await directory.close();
  const made = entry(4);
  frameEntry(made, previous);
  const frame = Buffer.from(frameOf(made));
  frame[8] = format;
  frame.writeUInt32LE(crc32(frame.subarray(4), previous));
  await put(join(path, "log"), runKey(4), frame);
}

describe("data of a format that this release does not read", () => {
  it.each<[string, (path: string) => Promise<void>]>([
    ["an entry", (path) => withEntryOfFormat(path, 2)],
    [
      "a record",
      (path) => {
        const value = Buffer.from(encodeOldRecord(jobRecord("a")));
        // Field 1, the format, is the message's first.
        value[1] = 3;
        return put(join(path, "records"), Buffer.from("ja"), sealed(value.subarray(0, -4)));
      },
    ],
    [
      "the checkpoint",
      (path) => {
        const sum = messageType("RecordsSum").encode({ format: 3, appliedIndex: 3 }).finish();
        return put(join(path, "records"), recordsSumKey, sealed(sum));
      },
    ],
    [
      "identity.json",
      (path) => {
        const file = join(path, "identity.json");
        const { checksum: _, ...fields } = JSON.parse(readFileSync(file, "utf8"));
        return writeSealed(file, { ...fields, format: 2 });
      },
    ],
  ])("%s: refused, by both numbers; it is not damaged, so it is not to be repaired", async (_, make) => {
    const path = await stopped();
    await make(path);
    const names = filesIn(path).filter((file) => !/\/(?:log|records|lock)\//.test(file));
    const error: unknown = await contentOf(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConclaveError);
    expect(error).toMatchObject({
      code: "FORMAT_UNSUPPORTED",
      message: expect.stringMatching(/format [23].*reads formats? 1.*data is intact.*upgrade this node/),
    });
    expect(String(error)).not.toMatch(/repair|rejoin/);
    expect(filesIn(path).filter((file) => !/\/(?:log|records|lock)\//.test(file))).toEqual(names);
  });

  it("is told from a flipped bit, which is damage", async () => {
    const path = await stopped();
    const store = await openLevel(join(path, "log"), false);
    const run = Buffer.from((await store.get(runKey(1))) ?? []);
    await store.close();
    run[8] = 2;
    await put(join(path, "log"), runKey(1), run);
    await expect(contentOf(path)).rejects.toMatchObject({ code: "DATA_CORRUPT" });
  });

  it("reads what it writes itself", async () => {
    const path = await stopped();
    await withEntryOfFormat(path, 1);
    expect((await contentOf(path)).at(-1)).toMatch(/^4 1 command/);
  });
});
