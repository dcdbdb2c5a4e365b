import { crc32 } from "node:zlib";
import { PartWriter } from "../../src/codec/jobPart.ts";
import { decodeRecord, encodeRecord } from "../../src/codec/record.ts";
import { writeJobRecord } from "../../src/codec/recordWriter.ts";
import { pageOf } from "../../src/machine/records.ts";
import type { JobRecord, MachineRecord } from "../../src/machine/types.ts";
import { WireWriter } from "../../src/wire/writer.ts";

/** Any record as format 1 had it, a job by itself. */
export function encodeOldRecord(record: MachineRecord): Uint8Array {
  if (record.kind !== "job") return encodeRecord(record);
  const writer = new WireWriter();
  writer.uint(1, 1);
  const job = writer.open(2);
  writeJobRecord(writer, record);
  writer.close(job);
  const bytes = writer.take(4);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** Of a value that is not of a page. */
export function decodeOldRecord(value: Uint8Array): MachineRecord {
  const record = decodeRecord(value);
  if (record.kind === "part") throw new Error("that is a part of a page");
  return record;
}

/** A part of the page that the jobs are of. */
export function encodePart(
  part: number,
  jobs: readonly JobRecord[],
  gone: readonly number[] = [],
): Uint8Array {
  const writer = new PartWriter();
  writer.begin(pageOf(jobs[0]?.sequence ?? gone[0] ?? 0), part);
  writer.gone(gone);
  for (const job of jobs) writer.job(job);
  return writer.finish();
}
