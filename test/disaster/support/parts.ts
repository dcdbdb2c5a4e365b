import { crc32 } from "node:zlib";
import type { BackupChunk, BackupHeader, BackupPart } from "../../../src/disaster/parts.ts";
import { sideName } from "../../../src/machine/records.ts";
import type { MachineRecord } from "../../../src/machine/types.ts";
import { encodeOldRecord } from "../../support/oldRecord.ts";

/** A whole backup of these records (the meta record among them), as a node streams it. */
export function partsOf(records: readonly MachineRecord[], recordsPerChunk = 10): BackupPart[] {
  const pairs = records
    .map((record) => [keyOf(record), encodeOldRecord(record)] as const)
    .toSorted(([a], [b]) => Buffer.compare(a, b));
  const chunks: BackupChunk[] = [];
  for (let at = 0; at < pairs.length; at += recordsPerChunk) {
    const some = pairs.slice(at, at + recordsPerChunk);
    chunks.push(chunkOf(some, at + recordsPerChunk >= pairs.length));
  }
  let [sum, bytes] = [0, 0];
  for (const [key, value] of pairs) {
    sum = (sum + crc32(value.subarray(0, -4), crc32(key))) % 2 ** 52;
    bytes += key.length + value.length;
  }
  const index = records.find((record) => record.kind === "meta")?.appliedIndex ?? 0;
  return [
    { header: headerOf({ index, count: pairs.length, sum, bytes }), chunk: null },
    ...chunks.map((chunk) => ({ header: null, chunk })),
  ];
}

export function headerOf(fields: Partial<BackupHeader>): BackupHeader {
  const members = { voters: ["n1", "n2", "n3"], outgoing: [], learners: [], details: {} };
  return {
    format: 1,
    clusterId: "old-123456789abc",
    index: 0,
    term: 7,
    checksum: 0xdeadbeef,
    configuration: { index: 0, membership: members },
    count: 0,
    sum: 0,
    bytes: 0,
    ...fields,
  };
}

export function chunkOf(pairs: readonly (readonly [Uint8Array, Uint8Array])[], isLast: boolean): BackupChunk {
  const parts = pairs.flatMap(([key, value]) => {
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(key.length, 0);
    lengths.writeUInt32LE(value.length, 4);
    return [lengths, key, value];
  });
  const bytes = Buffer.concat(parts);
  return { pairs: bytes, checksum: crc32(bytes), lastKey: pairs.at(-1)?.[0] ?? new Uint8Array(0), isLast };
}

function keyOf(record: MachineRecord): Uint8Array {
  if (record.kind === "job") return Buffer.from(`j${record.job.spec.id}`);
  return Buffer.from(record.kind === "meta" ? "m" : sideName(record));
}

export async function* streamed<Part>(parts: Iterable<Part>): AsyncGenerator<Part> {
  yield* parts;
}
