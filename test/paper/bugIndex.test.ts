import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

/** Bugs that others shipped, each of which a test is named for: "bug 12: snapshot keeps a stale ...". */
const bugs: Readonly<Record<number, string>> = {
  1: "commit of a prior term's entry by counting",
  2: "commit from a clever tally that is no quorum",
  3: "reply before fsync; hard state never saved",
  4: "term and vote saved apart",
  5: "vote forgotten on a same-term step-down",
  6: "vote and log writes reordered",
  7: "commit beyond the verified prefix on an empty append",
  8: "matching or committed entries truncated",
  9: "a compacted prevLog taken for a conflict",
  10: "snapshot drops a matching suffix",
  11: "snapshot keeps a conflicting entry at its index",
  12: "snapshot keeps a stale uncommitted configuration",
  13: "membership change before the term's no-op",
  14: "leaving the joint configuration too early; never leaving it",
  15: "a learner promoted without knowing refuses to vote",
  16: "a removed leader goes on heartbeating",
  17: "ReadIndex before the term's first commit",
  18: "ReadIndex confirmed by older acks",
  19: "lease read during leadership transfer",
  20: "stale append ack after truncate and rewrite (ABA)",
  21: "disk completions out of order",
  22: "a rejection's index counted as a match",
  23: "a failed log read sends a malformed append",
  24: "configuration not rolled back on truncation",
  25: "crash during front-to-back truncation leaves a hole",
  26: "leak of the uncommitted-bytes counter",
  27: "PreVote + CheckQuorum deadlock without a leader",
  28: "followers that reject appends do not reset their election timer",
  29: "wiped node rejoins under its old id and votes again",
  30: "failed leadership transfer freezes writes",
  31: "leader's disk stalls while heartbeats go on",
  32: "a paused leader wakes and serves a read or a grant",
  33: "stale worker completes a job claimed again",
  34: "worker dies: its job is stuck active for ever",
};

const testFolder = resolve(import.meta.dirname, "..");

/** What tests and groups of tests are called; a scenario is called by the first line of its file. */
function titlesIn(file: string): readonly string[] {
  const text = readFileSync(join(testFolder, file), "utf8");
  if (file.endsWith(".txt")) return [text.split("\n", 1)[0] ?? ""];
  const named = /\b(?:test|it|describe)\(\s*(["'`])((?:\\.|(?!\1)[\s\S])*)\1/g;
  return [...text.matchAll(named)].map((match) => match[2] ?? "");
}

const titles = readdirSync(testFolder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") || /^scenarios[\\/][^\\/]+\.txt$/.test(file))
  .flatMap(titlesIn);

/** The words that carry the meaning; endings differ with the sentence. */
function stems(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[a-z]{4,}/g) ?? [];
  return [...new Set(words.map((word) => word.slice(0, 5)))];
}

describe("bugs that others shipped", () => {
  test("there are thirty-four, numbered without a gap", () => {
    expect(Object.keys(bugs)).toEqual(Array.from({ length: 34 }, (_, i) => String(i + 1)));
  });

  test("no test is named for a bug that is none of them", () => {
    const numbers = titles.flatMap((title) =>
      [...title.matchAll(/\bbug (\d+)\b/gi)].map(([, n]) => Number(n)),
    );
    expect(numbers.filter((number) => bugs[number] === undefined)).toEqual([]);
  });

  for (const [number, phrase] of Object.entries(bugs)) {
    test(`number ${number}, "${phrase}", has a test that is named for it`, () => {
      const named = titles.filter((title) => new RegExp(`\\bbug ${number}\\b`, "i").test(title));
      expect(named).not.toEqual([]);
      // The number alone could stand on anything: a third of the phrase's words are in one of its tests' names, too.
      const wanted = stems(phrase);
      const shared = named.map((title) => stems(title).filter((stem) => wanted.includes(stem)).length);
      expect(Math.max(...shared) * 3, named.join("\n")).toBeGreaterThanOrEqual(wanted.length);
    });
  }
});
