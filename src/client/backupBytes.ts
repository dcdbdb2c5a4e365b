import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { BackupPart__Output } from "../generated/conclave/v1/BackupPart.ts";
import type { SnapshotChunk__Output } from "../generated/conclave/v1/SnapshotChunk.ts";
import { protocol } from "./protocol.ts";

/** The form of a backup file, as `conclave restore` reads it: src/disaster/backupFile.ts describes it. */
const magic = "CONCLAVE-BACKUP\n";
const fileFormat = 1;
const sectionTypes = { header: 1, chunk: 2, trailer: 3 } as const;

/** The bytes of a backup file, made of the parts as they come. */
export async function* backupBytes(parts: AsyncIterable<BackupPart__Output>): AsyncGenerator<Uint8Array> {
  const digest = createHash("sha256");
  const totals = { chunks: 0, records: 0, bytes: 0 };
  const hashed = (bytes: Uint8Array): Uint8Array => {
    digest.update(bytes);
    return bytes;
  };
  yield hashed(preamble());
  for await (const { header, chunk } of parts) {
    if (header) yield hashed(section(sectionTypes.header, protocol.SnapshotHeader.serialize(header)));
    if (chunk) {
      count(chunk, totals);
      yield hashed(section(sectionTypes.chunk, protocol.SnapshotChunk.serialize(chunk)));
    }
  }
  const trailer = Buffer.alloc(24);
  trailer.writeBigUInt64LE(BigInt(totals.chunks), 0);
  trailer.writeBigUInt64LE(BigInt(totals.records), 8);
  trailer.writeBigUInt64LE(BigInt(totals.bytes), 16);
  yield section(sectionTypes.trailer, Buffer.concat([trailer, digest.digest()]));
}

function preamble(): Uint8Array {
  const bytes = Buffer.alloc(24);
  bytes.write(magic, "latin1");
  bytes.writeUInt32LE(fileFormat, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20);
  return bytes;
}

function section(type: number, payload: Uint8Array): Uint8Array {
  const head = Buffer.alloc(9);
  head[0] = type;
  head.writeUInt32LE(payload.length, 1);
  head.writeUInt32LE(crc32(payload, crc32(head.subarray(0, 5))), 5);
  return Buffer.concat([head, payload]);
}

/** Each record lies in a chunk as the lengths of key and value, key, value. */
function count(
  { pairs }: SnapshotChunk__Output,
  totals: { chunks: number; records: number; bytes: number },
): void {
  totals.chunks++;
  for (let at = 0; at + 8 <= pairs.length; totals.records++) {
    const bytes = pairs.readUInt32LE(at) + pairs.readUInt32LE(at + 4);
    totals.bytes += bytes;
    at += 8 + bytes;
  }
}
