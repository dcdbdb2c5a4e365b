import { describe, expect, it } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { jobKey, keyOf, partKey, sideKey } from "../../src/storage/recordKeys.ts";
import { recordsSumKey } from "../../src/storage/storedValues.ts";
import { metaRecord } from "./support/records.ts";

describe("keys of the records", () => {
  it("have pages of jobs behind all that a checkpoint writes anew, so that tables of new pages follow each other", () => {
    const written = [
      recordsSumKey,
      keyOf(metaRecord(7)),
      jobKey(JobId("~")),
      ...["q", "b", "t", "d", "r", "f"].map((kind) => sideKey(`${kind}\u{10ffff}`)),
    ];
    for (const key of written) expect(Buffer.compare(key, partKey(0, 0))).toBeLessThan(0);
  });

  it("have pages in their order, and their parts in theirs", () => {
    const keys = [
      partKey(0, 0),
      partKey(0, 1),
      partKey(0, 256),
      partKey(1, 0),
      partKey(256, 0),
      partKey(2 ** 40, 3),
    ];
    expect(keys.toSorted((a, b) => Buffer.compare(a, b))).toEqual(keys);
  });
});
