import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import {
  chainStart,
  checksumOf,
  frameEntry,
  frameOf,
  frameOverheadBytes,
  frameRun,
  isChainedTo,
  isFramed,
  joinFrames,
  readFrames,
} from "../../src/codec/frame.ts";
import { entries, entry, shown } from "./support/entries.ts";

function framedRun(from: number, through: number): Uint8Array {
  const run = entries(from, through);
  frameRun(run, chainStart);
  return joinFrames(run);
}

describe("an entry's frame", () => {
  it("has the layout of log.proto", () => {
    const frame = Buffer.from(frameEntry(entry(7, 3, 2, "membership"), 0));
    expect(frame.length).toBe(frameOverheadBytes + 2);
    expect(frame.readUInt32LE(4)).toBe(2);
    expect(frame[8]).toBe(1);
    expect(frame[9]).toBe(2);
    expect(frame.readBigUInt64LE(10)).toBe(7n);
    expect(frame.readBigUInt64LE(18)).toBe(3n);
    expect(frame.subarray(26).toString()).toBe("7/");
  });

  it("brings back every kind, and indexes and terms above 2^32", () => {
    const run = [
      { index: LogIndex(2 ** 40), term: Term(2 ** 33), kind: "noop", data: new Uint8Array(0) } as const,
      { index: LogIndex(2 ** 40 + 1), term: Term(2 ** 34), kind: "command", data: Buffer.from("x") } as const,
      {
        index: LogIndex(2 ** 40 + 2),
        term: Term(2 ** 34),
        kind: "membership",
        data: Buffer.from("y"),
      } as const,
    ];
    frameRun(run, 5);
    expect(readFrames(joinFrames(run), 5).map(shown)).toEqual(run.map(shown));
  });

  it("is kept as it came: reading copies nothing, joining neither", () => {
    const bytes = framedRun(1, 5);
    const read = readFrames(bytes, chainStart);
    const joined = joinFrames(read.slice(1, 4));
    expect(joined.buffer).toBe(bytes.buffer);
    expect(Buffer.compare(joined, bytes.subarray(46, 4 * 46))).toBe(0);
    expect(read.every((each) => each.data.buffer === bytes.buffer)).toBe(true);
  });

  it("joins frames of different buffers by copying", () => {
    const run = entries(1, 3);
    let checksum = chainStart;
    for (const each of run) {
      frameEntry(each, checksum);
      checksum = checksumOf(each);
    }
    expect(readFrames(joinFrames(run), chainStart).map(shown)).toEqual(run.map(shown));
  });

  it("is an invariant violation to ask for where there is none", () => {
    const bare = entry(1);
    expect(isFramed(bare)).toBe(false);
    expect(() => frameOf(bare)).toThrow("no frame yet");
    expect(() => joinFrames([bare])).toThrow("no frame yet");
  });

  it("can be made for a frozen entry, and again for a new predecessor", () => {
    const frozen = Object.freeze(entry(1));
    frameEntry(frozen, 1);
    const before = checksumOf(frozen);
    frameEntry(frozen, 2);
    expect(checksumOf(frozen)).not.toBe(before);
    expect(isChainedTo(frozen, 2)).toBe(true);
    expect(isChainedTo(frozen, 1)).toBe(false);
  });
});

describe("reading frames", () => {
  it("finds every single flipped bit", () => {
    const bytes = Buffer.from(framedRun(1, 3));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => readFrames(flipped, chainStart), `bit ${bit}`).toThrow(/frame (of|at)/);
    }
  });

  it("finds every cut that is not between two frames", () => {
    const bytes = framedRun(1, 3);
    for (let length = 1; length < bytes.length; length++) {
      if (length % 46 === 0) continue;
      expect(() => readFrames(bytes.subarray(0, length), chainStart), `length ${length}`).toThrow(/left/);
    }
  });

  it("finds an entry that was left out, taken from another log, or out of order", () => {
    const bytes = framedRun(1, 3);
    const [a, b, c] = [bytes.subarray(0, 46), bytes.subarray(46, 92), bytes.subarray(92)];
    expect(() => readFrames(Buffer.concat([a, c]), chainStart)).toThrow(/frame of entry 2: it holds entry 3/);
    expect(() => readFrames(Buffer.concat([b, a]), null)).toThrow(/entry 3: it holds entry 1/);
    const foreign = entry(2, 9);
    frameEntry(foreign, 12_345);
    expect(() => readFrames(Buffer.concat([a, frameOf(foreign)]), chainStart)).toThrow(/entry 2.*checksum/);
    expect(() => readFrames(b, chainStart)).toThrow(/entry 2.*checksum/);
  });

  it("trusts the first link only when it has nothing to hold it against", () => {
    const bytes = framedRun(1, 3);
    expect(readFrames(bytes.subarray(46), null)).toHaveLength(2);
    expect(() => readFrames(bytes.subarray(46), 1)).toThrow(/checksum/);
  });

  it("tells a newer format from damage", () => {
    const bytes = Buffer.from(framedRun(1, 1));
    bytes[8] = 2;
    const flipped = expect.objectContaining({ code: "DATA_CORRUPT" });
    expect(() => readFrames(bytes, chainStart)).toThrow(flipped);
    // As a release that knows format 2 writes it: the checksum covers the version.
    bytes.writeUInt32LE(crc32(bytes.subarray(4), chainStart));
    expect(() => readFrames(bytes, chainStart)).toThrow(
      expect.objectContaining({
        code: "FORMAT_UNSUPPORTED",
        message: expect.stringMatching(/has format 2, and this release reads format 1.*upgrade this node/),
      }),
    );
    bytes[8] = 0;
    expect(() => readFrames(bytes, chainStart)).toThrow(flipped);
  });

  it("refuses numbers it could only round", () => {
    const bytes = Buffer.from(framedRun(1, 1));
    bytes.writeBigUInt64LE(2n ** 53n, 10);
    expect(() => readFrames(bytes, null)).toThrow(/index is out of range/);
  });
});
