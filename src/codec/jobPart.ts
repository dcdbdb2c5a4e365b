import { crc32 } from "node:zlib";
import { pageOf } from "../machine/records.ts";
import type { JobRecord } from "../machine/types.ts";
import { WireWriter } from "../wire/writer.ts";
import { enter, leave } from "./messageReader.ts";
import { NumberReader } from "./proto.ts";
import { readJobRecord } from "./recordReader.ts";
import { writeJobRecord } from "./recordWriter.ts";

/** A `StoredJob` of records.proto that is not read yet: where it lies in the record that it came in. */
export interface JobBytes {
  readonly sequence: number;
  readonly of: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What one checkpoint says of the jobs of one page, or some of it; `StoredPart` of records.proto. */
export interface JobPart {
  readonly kind: "part";
  readonly page: number;
  /** What a later part says of a job is newer. */
  readonly part: number;
  readonly jobs: readonly JobBytes[];
  /** Sequence numbers of jobs that parts before this one may have. */
  readonly gone: readonly number[];
}

/** The one format that parts are written in. */
const partFormat = 2;
const crcBytes = 4;

/** Writes one part after the other, each from `begin` to `finish`. */
export class PartWriter {
  readonly #to = new WireWriter();
  #body = 0;

  begin(page: number, part: number): void {
    this.#to.reset();
    this.#to.uint(1, partFormat);
    this.#body = this.#to.open(10);
    this.#to.uint(1, page);
    this.#to.uint(2, part);
  }

  /** Written so far. */
  get bytes(): number {
    return this.#to.length;
  }

  job(record: JobRecord): void {
    const start = this.#to.open(3);
    writeJobRecord(this.#to, record);
    this.#to.close(start);
  }

  copy({ of, start, end }: JobBytes): void {
    this.#to.bytes(3, of.subarray(start, end));
  }

  gone(sequences: readonly number[]): void {
    this.#to.packed(4, sequences);
  }

  /** Stays as it is until the next `begin`: one copy less to collect for each of thousands. */
  finish(): Uint8Array {
    this.#to.close(this.#body);
    const bytes = this.#to.view(crcBytes);
    const end = bytes.length - crcBytes;
    bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
    return bytes;
  }
}

/** Its length comes first. Throws a RangeError when it is malformed. */
export function readPart(from: NumberReader): JobPart {
  let page = 0;
  let part = 0;
  const { buf } = from;
  const of = Buffer.isBuffer(buf) ? buf : Buffer.from(buf.buffer, buf.byteOffset, buf.length);
  const jobs: JobBytes[] = [];
  const gone: number[] = [];
  const outer = enter(from);
  while (from.pos < from.len) {
    const tag = from.uint32();
    const field = tag >>> 3;
    if (field === 1) page = from.uint64();
    else if (field === 2) part = from.uint32();
    else if (field === 3) jobs.push(readJobBytes(from, of));
    else if (field === 4) readGone(from, gone);
    else from.skipType(tag & 7);
  }
  leave(from, outer);
  const isOther = (sequence: number): boolean => pageOf(sequence) !== page;
  if (gone.some(isOther) || jobs.some((job) => isOther(job.sequence)))
    throw new RangeError(`page ${page} tells of a job that is not of it`);
  return { kind: "part", page, part, jobs, gone };
}

function readJobBytes(from: NumberReader, of: Buffer): JobBytes {
  let sequence = 0;
  const outer = enter(from);
  const start = from.pos;
  const end = from.len;
  while (from.pos < from.len && sequence === 0) {
    const tag = from.uint32();
    if (tag >>> 3 === 2) sequence = from.uint64();
    else from.skipType(tag & 7);
  }
  from.pos = from.len;
  leave(from, outer);
  return { sequence, of, start, end };
}

function readGone(from: NumberReader, to: number[]): void {
  const outer = enter(from);
  while (from.pos < from.len) to.push(from.uint64());
  leave(from, outer);
}

/** Used again for each of a million jobs. */
const jobReader = new NumberReader(new Uint8Array(0));

/** Null when a part of it is missing that every job has. Throws a RangeError when it is malformed. */
export function readJob({ of, start, end }: JobBytes): JobRecord | null {
  jobReader.buf = of;
  jobReader.pos = start;
  jobReader.len = end;
  return readJobRecord(jobReader);
}
