import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobPart } from "../../src/codec/jobPart.ts";
import { messageType } from "../../src/codec/proto.ts";
import { decodeJob, decodeRecord } from "../../src/codec/record.ts";
import { pageJobs } from "../../src/machine/records.ts";
import type { JobRecord } from "../../src/machine/types.ts";
import { encodeOldRecord, encodePart } from "../support/oldRecord.ts";
import { jobRecord } from "./arbitraries.ts";

const corrupt = (text: string) =>
  expect.objectContaining({ code: "DATA_CORRUPT", message: expect.stringContaining(text) });

/** Jobs of one page. */
const pageOfJobs = fc
  .tuple(fc.nat(2 ** 47), fc.array(jobRecord, { minLength: 1, maxLength: 4 }))
  .map(([page, jobs]) => jobs.map((job, at) => ({ ...job, sequence: page * pageJobs + 2 * at + 1 })));

function decoded(value: Uint8Array): JobPart {
  const item = decodeRecord(new Uint8Array(value));
  if (item.kind !== "part") throw new Error("that is no part");
  return item;
}

/** Of a job by itself, since bytes within may be of another class. */
const bytesOf = (job: JobRecord): Uint8Array => encodeOldRecord(job);

function sealed(message: object): Uint8Array {
  const body = messageType("StoredRecord").encode(message).finish();
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(crc32(body));
  return Buffer.concat([body, trailer]);
}

describe("a part of a page", () => {
  test("gives back its jobs, and those that are gone", () => {
    fc.assert(
      fc.property(pageOfJobs, fc.nat(100), (jobs, part) => {
        const [first] = jobs;
        if (first === undefined) return;
        const gone = [first.sequence + 1, first.sequence + 3];
        const read = decoded(encodePart(part, jobs, gone));
        expect(read).toMatchObject({ page: Math.floor(first.sequence / pageJobs), part, gone });
        expect(read.jobs.map((job) => bytesOf(decodeJob(job)))).toEqual(jobs.map(bytesOf));
      }),
      { numRuns: 100 },
    );
  });

  test("is what records.proto says", () => {
    const [jobs = []] = fc.sample(pageOfJobs, { numRuns: 1, seed: 3 });
    const value = encodePart(2, jobs, [jobs[0]?.sequence ?? 0]);
    expect(Buffer.from(value).readUInt32LE(value.length - 4)).toBe(crc32(value.subarray(0, -4)));
    const { format, part } = messageType("StoredRecord").toObject(
      messageType("StoredRecord").decode(value.subarray(0, -4)),
      { longs: Number },
    );
    expect([format, part.page, part.part, part.jobs.length, part.gone]).toEqual([
      2,
      Math.floor((jobs[0]?.sequence ?? 0) / pageJobs),
      2,
      jobs.length,
      [jobs[0]?.sequence],
    ]);
  });

  test("with any flipped bit is refused", () => {
    fc.assert(
      fc.property(pageOfJobs, fc.nat(), (jobs, at) => {
        const value = new Uint8Array(encodePart(0, jobs));
        const bit = at % (value.length * 8);
        value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => decodeRecord(value)).toThrow(corrupt("does not match its checksum"));
      }),
      { numRuns: 100 },
    );
  });

  test("is refused when it tells of another page, and a job of it when it lacks what every job has", () => {
    const part = (fields: object) => sealed({ format: 2, part: { page: 1, ...fields } });
    expect(() => decodeRecord(part({ jobs: [{ sequence: 64 }] }))).toThrow(corrupt("cannot be read"));
    expect(() => decodeRecord(part({ gone: [31] }))).toThrow(corrupt("cannot be read"));
    const [job] = decoded(part({ jobs: [{ sequence: 40, job: { state: 2 } }] })).jobs;
    expect(() => job && decodeJob(job)).toThrow(corrupt("lacks a part"));
  });
});
