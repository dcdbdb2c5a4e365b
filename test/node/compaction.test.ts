import { expect, test } from "vitest";
import { LogIndex } from "../../src/base/brands.ts";
import { compactionTarget } from "../../src/node/checkpointer.ts";

/** checkpointed, kept at most, matched by all, needed above -> the last entry that may go. */
const rules: readonly (readonly [number, number, number, number | null, number, string])[] = [
  [50_000, 100_000, 50_000, null, 49_000, "all have all: a thousand stay for who lags a little"],
  [50_000, 100_000, 48_000, null, 48_000, "a member lacks more: its entries stay"],
  [250_000, 100_000, 48_000, null, 150_000, "it has lain still for too long: no more than that is kept"],
  [250_000, 100_000, 0, null, 150_000, "a new member has nothing: the same"],
  [500, 100_000, 0, null, 0, "a short log stays whole"],
  [250_000, 100_000, 250_000, 200_000, 200_000, "what follows a snapshot that is being fetched stays"],
  [250_000, 100_000, 0, 100_000, 100_000, "... also further back than the rule"],
  [250_000, 100_000, 0, 249_500, 150_000, "... and does not make it cut more"],
  [50_000, 10, 0, null, 49_990, "few are kept when so told"],
  [50_000, 10, 50_000, null, 49_990, "... but those always"],
  [50_000, 0, 50_000, null, 50_000, "none"],
];

test.for(rules)(
  "checkpoint at %i, %i kept, %i matched by all, needed above %s: through %i",
  ([checkpointed, kept, matched, above, expected, why]) => {
    const neededAbove = above === null ? null : LogIndex(above);
    const needs = { matchedByAll: LogIndex(matched), neededAbove };
    expect(compactionTarget(LogIndex(checkpointed), kept, needs), why).toBe(expected);
  },
);
