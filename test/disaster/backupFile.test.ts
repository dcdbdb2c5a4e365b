import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import { backupBytes } from "../../src/client/backupBytes.ts";
import type { BackupPart as ClientPart } from "../../src/client/index.ts";
import { encodePreamble, encodeSection, sectionHeadBytes } from "../../src/disaster/backupFile.ts";
import { BackupReader, verifyBackup } from "../../src/disaster/backupReader.ts";
import { writeBackup } from "../../src/disaster/backupWriter.ts";
import type { BackupPart } from "../../src/disaster/parts.ts";
import { jobRecord, metaRecord } from "../storage/support/records.ts";
import { temporaryFolder } from "../storage/support/temporary.ts";
import { failure, mustReject } from "./support/failure.ts";
import { chunkOf, headerOf, partsOf, streamed } from "./support/parts.ts";

const records = [
  ...Array.from({ length: 25 }, (_, at) => jobRecord(`job-${String(at).padStart(3, "0")}`)),
  metaRecord(400),
];
const parts = partsOf(records);

function target(): string {
  return join(temporaryFolder(), "today.backup");
}

async function written(): Promise<string> {
  const path = target();
  await writeBackup(path, streamed(parts), { overwrite: false });
  return path;
}

interface SectionAt {
  readonly at: number;
  readonly type: number;
  readonly end: number;
}

/** Where the sections of a backup are, read by hand. */
function sectionsOf(path: string): SectionAt[] {
  const bytes = readFileSync(path);
  const sections: SectionAt[] = [];
  for (let at = 24; at < bytes.length; ) {
    const end = at + sectionHeadBytes + bytes.readUInt32LE(at + 1);
    sections.push({ at, type: bytes[at] ?? 0, end });
    at = end;
  }
  return sections;
}

describe("a backup file", () => {
  it("gives back what was written, and says what it holds", async () => {
    const path = target();
    const summary = await writeBackup(path, streamed(parts), { overwrite: false });
    expect(summary).toMatchObject({
      path,
      clusterId: "old-123456789abc",
      index: 400,
      term: 7,
      records: 26,
      jobs: 25,
      chunks: 3,
    });
    expect(summary.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(summary.fileBytes).toBe(statSync(path).size);
    const { jobs: _, ...rest } = summary;
    expect(await verifyBackup(path)).toEqual(rest);

    await using reader = await BackupReader.open(path);
    expect(reader.header).toMatchObject({ clusterId: "old-123456789abc", index: 400, checksum: 0xdeadbeef });
    expect(reader.header.configuration?.membership?.voters).toEqual(["n1", "n2", "n3"]);
    const keys: string[] = [];
    for await (const pairs of reader.records())
      keys.push(...pairs.map(([key]) => Buffer.from(key).toString()));
    expect(keys).toEqual([
      ...records.slice(0, 25).map((_, at) => `jjob-${String(at).padStart(3, "0")}`),
      "m",
    ]);
  });

  it("is the same whether this writes it or a program that pipes the client's backup into a file", async () => {
    const path = target();
    const piped: Uint8Array[] = [];
    for await (const bytes of backupBytes(streamed(parts) as AsyncIterable<ClientPart>)) piped.push(bytes);
    writeFileSync(path, Buffer.concat(piped));
    expect(await verifyBackup(path)).toEqual({ ...(await verifyBackup(await written())), path });
  });

  it("is readable by its owner only, and leaves no part behind", async () => {
    const path = await written();
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  it("does not replace a file unless told to", async () => {
    const path = target();
    writeFileSync(path, "precious");
    await mustReject(
      writeBackup(path, streamed(parts), { overwrite: false }),
      "CONFIG_INVALID",
      /exists already/,
    );
    expect(readFileSync(path, "utf8")).toBe("precious");
    await writeBackup(path, streamed(parts), { overwrite: true });
    expect((await verifyBackup(path)).records).toBe(26);
  });

  it("refuses a folder that is not there", async () => {
    const path = join(temporaryFolder(), "missing", "today.backup");
    await mustReject(writeBackup(path, streamed(parts), { overwrite: false }), "CONFIG_INVALID", /ENOENT/);
  });
});

describe("a stream that is not whole makes no file", () => {
  const [header, ...chunks] = parts;
  const of = (index: number): BackupPart => chunks[index] ?? {};
  const cases: readonly (readonly [name: string, parts: readonly BackupPart[], message: RegExp])[] = [
    ["nothing", [], /nothing came/],
    ["no header", chunks, /records came before the header/],
    ["two headers", [header ?? {}, header ?? {}], /a second header/],
    ["cut off", parts.slice(0, 3), /the last chunk is missing/],
    ["a chunk left out", [header ?? {}, of(0), of(2)], /there are 16 records, the header says 26/],
    ["a chunk twice", [header ?? {}, of(0), of(0), of(1), of(2)], /chunk 2: .*out of order/],
    ["a chunk after the last", [...parts, of(2)], /chunk 4: it follows the chunk that says it is the last/],
    [
      "another header's records",
      [{ header: headerOf({ index: 400, count: 26, sum: 1 }) }, ...chunks],
      /the header sums up/,
    ],
    [
      "a damaged chunk",
      [header ?? {}, { chunk: { ...chunkOf([], false), checksum: 5 } }],
      /chunk 1: .*do not match their checksum/,
    ],
  ];

  it.each(cases)("%s", async (_name, broken, message) => {
    const path = target();
    writeFileSync(path, "the last good one");
    await mustReject(writeBackup(path, streamed(broken), { overwrite: true }), "BACKUP_INVALID", message);
    await mustReject(
      writeBackup(path, streamed(broken), { overwrite: true }),
      "BACKUP_INVALID",
      /what the node sent/,
    );
    expect(readFileSync(path, "utf8")).toBe("the last good one");
    expect(existsSync(`${path}.part`)).toBe(false);
  });

  it("a stream that breaks: its own error comes through", async () => {
    async function* breaking(): AsyncGenerator<BackupPart> {
      yield* parts.slice(0, 2);
      throw new ConclaveError("UNAVAILABLE", "the node is gone");
    }
    const path = target();
    await mustReject(writeBackup(path, breaking(), { overwrite: false }), "UNAVAILABLE", /the node is gone/);
    expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false);
  });
});

describe("a damaged backup is refused, with the place", () => {
  it("whichever bit of it is flipped", async () => {
    const path = await written();
    const intact = readFileSync(path);
    // Every byte of the preamble, of all section heads and of the trailer; of the payloads a sample.
    const positions = new Set(Array(24).keys());
    const sections = sectionsOf(path);
    for (const { at, end } of sections)
      for (let i = 0; i < sectionHeadBytes; i++) positions.add(at + i).add(end - 1 - i);
    for (let at = (sections.at(-1)?.at ?? 0) + 1; at < intact.length; at++) positions.add(at);
    for (let at = 0; at < intact.length; at += 97) positions.add(at);
    for (const position of positions) {
      const bytes = Buffer.from(intact);
      bytes[position] = (bytes[position] ?? 0) ^ (1 << (position % 8));
      writeFileSync(path, bytes);
      const { code, message } = await failure(verifyBackup(path));
      expect({ position, code }).toEqual({ position, code: "BACKUP_INVALID" });
      expect(message).toContain(path);
    }
  });

  it("wherever it is cut off", async () => {
    const path = await written();
    const intact = readFileSync(path);
    const lengths = new Set([0, 1, 23, 24, intact.length - 1]);
    for (const { at, end } of sectionsOf(path))
      for (const length of [at, at + 1, at + 9, end - 1]) lengths.add(length);
    for (const length of lengths) {
      writeFileSync(path, intact.subarray(0, length));
      const { code, message } = await failure(verifyBackup(path));
      expect({ length, code }).toEqual({ length, code: "BACKUP_INVALID" });
      expect(message).toMatch(length < 24 ? /no backup of Conclave/ : /cut off/);
    }
  });

  it("bytes behind its end", async () => {
    const path = await written();
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from("x")]));
    await mustReject(verifyBackup(path), "BACKUP_INVALID", /1 bytes follow the trailer at byte \d+/);
  });

  it("a section left out, put in twice or in another place, each intact in itself", async () => {
    const path = await written();
    const bytes = readFileSync(path);
    const [head, first, second, third, trailer] = sectionsOf(path).map(({ at, end }) =>
      bytes.subarray(at, end),
    );
    const some = (section: Buffer | undefined): Buffer => section ?? Buffer.alloc(0);
    const built = async (...order: (Buffer | undefined)[]): Promise<string> => {
      writeFileSync(path, Buffer.concat([bytes.subarray(0, 24), ...order.map(some)]));
      return (await failure(verifyBackup(path))).message;
    };
    expect(await built(head, first, third, trailer)).toMatch(
      /trailer at byte \d+: there are 16 records, the header says 26/,
    );
    expect(await built(head, first, first, second, third, trailer)).toMatch(
      /chunk 2 at byte \d+: .*out of order/,
    );
    expect(await built(head, second, first, third, trailer)).toMatch(/chunk 2 at byte \d+: .*out of order/);
    expect(await built(first, second, third, trailer)).toMatch(/the header at byte 24 is missing/);
    expect(await built(head, head, first, second, third, trailer)).toMatch(
      /a section of type 1 is not expected/,
    );
    const strange = Buffer.from(encodeSection(9, Buffer.from("?")));
    expect(await built(head, strange, first, second, third, trailer)).toMatch(
      /a section of type 9 is not expected/,
    );
  });

  it("a section replaced by one of another backup: only the digest over all tells", async () => {
    const path = await written();
    const bytes = readFileSync(path);
    const [head] = sectionsOf(path);
    const other = target();
    const [header, ...chunks] = parts;
    const renamed = { header: { ...headerOf({}), ...header?.header, clusterId: "new-123456789abc" } };
    await writeBackup(other, streamed([renamed, ...chunks]), { overwrite: false });
    const theirs = readFileSync(other).subarray(0, head?.end);
    writeFileSync(path, Buffer.concat([theirs, bytes.subarray(head?.end)]));
    await mustReject(verifyBackup(path), "BACKUP_INVALID", /the SHA-256 of its content is/);
  });
});

describe("a file that is something else", () => {
  it("of foreign origin", async () => {
    const path = target();
    writeFileSync(path, "PK\u0003\u0004 some archive that is longer than a preamble");
    await mustReject(verifyBackup(path), "BACKUP_INVALID", /no backup of Conclave/);
  });

  it("of a newer format: says so, and is not called damaged", async () => {
    const path = await written();
    writeFileSync(path, Buffer.concat([encodePreamble(2), readFileSync(path).subarray(24)]));
    await mustReject(
      verifyBackup(path),
      "FORMAT_UNSUPPORTED",
      /the file has format 2, the newest that this release reads is 1/,
    );
  });

  it("with records of a newer format", async () => {
    const [header, ...chunks] = parts;
    const path = target();
    const newer = { header: { ...headerOf({}), ...header?.header, format: 3 } };
    await mustReject(
      writeBackup(path, streamed([newer, ...chunks]), { overwrite: false }),
      "FORMAT_UNSUPPORTED",
      /its records have format 3/,
    );
  });

  it("no file at all", async () => {
    const folder = temporaryFolder();
    await mustReject(verifyBackup(join(folder, "none")), "CONFIG_INVALID", /ENOENT/);
    await mustReject(verifyBackup(folder), "CONFIG_INVALID", /no file/);
  });
});
