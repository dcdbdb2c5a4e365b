import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NodeId } from "../../src/base/brands.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { crashCopy, cutTo, fileIn } from "./support/damage.ts";
import { batch, entries, hardState, shown } from "./support/entries.ts";
import { openDirectory } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { temporaryFolder } from "./support/temporary.ts";
import { runWriter, type WriterEnd } from "./support/writerProcess.ts";

const kills = 8;

/** What the writer's lines say must be there: entries through `last` at least, and the term. */
function acknowledged({ lines }: WriterEnd): { last: number; term: number } {
  let [last, term] = [0, 0];
  for (const line of lines) {
    const [what, first, second] = line.split(" ");
    if (what === "ready" || what === "wrote") last = Number(first);
    if (what === "wrote") term = Number(second);
    // Unknown until the next line: the cut may have happened.
    if (what === "cutting") last = Math.min(last, Number(first) - 1);
  }
  return { last, term };
}

it.each(["append", "truncate"] as const)(
  `keeps all it acknowledged through ${kills} kills in mid-write (%s)`,
  async (mode) => {
    const path = temporaryFolder();
    const seed = String(process.env["STORAGE_SEED"] ?? Date.now());
    const random = new SeededRandom(seed);
    for (let kill = 0; kill < kills; kill++) {
      const writes = 1 + random.below(100);
      const end = await runWriter({ path, mode, killWhen: (count) => count >= writes });
      const expected = acknowledged(end);
      const directory = await openDirectory(path);
      const { log, restored } = directory;
      // With the seed, so that a failure tells how to run it again.
      const where = `STORAGE_SEED=${seed}, kill ${kill}, acknowledged ${JSON.stringify(expected)}`;
      const kept = log.lastEntry.index >= expected.last && restored.hardState.currentTerm >= expected.term;
      expect({ where, last: log.lastEntry, hardState: restored.hardState, kept }).toMatchObject({
        kept: true,
      });
      // Each entry is what was written under its index, in a term that never goes back.
      for (const [at, entry] of restored.entries.entries()) {
        expect(entry.index).toBe(at + 1);
        const text = `${entry.index}/${entry.term} `;
        const intact = Buffer.from(entry.data).equals(Buffer.alloc(entry.data.length, text));
        expect({ where, entry: text, intact }).toEqual({ where, entry: text, intact: true });
        expect(entry.term).toBeGreaterThanOrEqual(restored.entries[at - 1]?.term ?? 0);
      }
      await directory.close();
    }
  },
);

interface Found {
  readonly hardState: string;
  readonly entries: readonly string[];
}

/** Writes `writes` and reports what is found after a power loss at any of many places in the log's WAL. */
async function atEveryCut(
  writes: readonly Parameters<typeof batch>[0][],
  check: (found: Found, states: readonly Found[]) => void,
): Promise<void> {
  const path = temporaryFolder();
  const directory = await openDirectory(path, { markerIntervalMs: 3_600_000 });
  // The marker of a node that has just started promises nothing yet.
  const fresh = crashCopy(join(path, "marker"), join(temporaryFolder(), "marker"));
  const states: Found[] = [{ hardState: JSON.stringify(hardState(0)), entries: [] }];
  const ends: number[] = [0];
  for (const each of writes) {
    const made = batch(each);
    await append(directory.log, made);
    const before = states.at(-1)?.entries ?? [];
    const kept = before.filter(
      (line) => made.truncateFrom === null || Number.parseInt(line, 10) < made.truncateFrom,
    );
    const state = made.hardState === null ? (states.at(-1)?.hardState ?? "") : JSON.stringify(made.hardState);
    states.push({ hardState: state, entries: [...kept, ...made.entries.map(shown)] });
    ends.push(statSync(fileIn(join(path, "log"), ".log")).size);
  }
  const end = ends.at(-1) ?? 0;
  const cuts = new Set(
    ends.flatMap((each) => [each - 1, each, each + 1]).filter((cut) => cut >= 0 && cut <= end),
  );
  for (let cut = 0; cut < end; cut += Math.ceil(end / 12)) cuts.add(cut);
  for (const cut of cuts) {
    const copy = crashCopy(path, join(temporaryFolder(), "copy"));
    crashCopy(fresh, join(copy, "marker"));
    cutTo(fileIn(join(copy, "log"), ".log"), cut);
    const { restored, ...opened } = await openDirectory(copy);
    const found = { hardState: JSON.stringify(restored.hardState), entries: restored.entries.map(shown) };
    await opened.log.close();
    await opened.records.close();
    // What was whole on disk is there, and nothing of what was not.
    const whole = ends.findLastIndex((each) => each <= cut);
    expect({ cut, ...found }).toEqual({ cut, ...states[whole] });
    check(found, states);
  }
  await directory.close();
}

describe("power loss at any byte", () => {
  it("bug 4: term and vote are of the same election, never one of each", async () => {
    const elections = [hardState(4, "n1"), hardState(5, "n2"), hardState(6), hardState(6, "n3")];
    const valid = new Set([hardState(0), ...elections].map((each) => JSON.stringify(each)));
    await atEveryCut(
      elections.map((each) => ({ hardState: each })),
      (found) => expect(valid).toContain(found.hardState),
    );
  });

  it("bug 6: no entry without the term and vote that were written before it", async () => {
    const writes = [
      { hardState: hardState(1, "n1"), entries: entries(1, 3) },
      { hardState: hardState(5, "n2") },
      { entries: entries(4, 6, 5) },
      { hardState: hardState(7, "n3"), entries: entries(7, 8, 7) },
    ];
    await atEveryCut(writes, ({ hardState: text, entries: lines }) => {
      const { currentTerm, votedFor } = JSON.parse(text);
      const lastTerm = Number(lines.at(-1)?.split(" ")[1] ?? 0);
      expect(currentTerm).toBeGreaterThanOrEqual(lastTerm);
      expect(`${currentTerm} ${votedFor}`).toMatch(/^(0 null|1 n1|5 n2|7 n3)$/);
    });
  });

  it("bug 25: a truncation leaves the old end or the new one, never a hole", async () => {
    const writes = [
      { hardState: hardState(1), entries: entries(1, 10) },
      { entries: entries(11, 20) },
      { entries: entries(21, 30) },
      // Cuts the first run in its middle and removes the two behind it.
      { hardState: hardState(2), truncateFrom: 6, entries: entries(6, 8, 2) },
      { hardState: hardState(3), truncateFrom: 6 },
      { hardState: hardState(4), entries: entries(6, 40, 4) },
    ];
    await atEveryCut(writes, ({ entries: lines }) => {
      expect(lines.map((line) => Number.parseInt(line, 10))).toEqual(lines.map((_, at) => at + 1));
    });
  });
});

describe("bug 3: a reply leaves only when what it rests on is on disk", () => {
  it("also in a cluster of one: after a crash the second vote of the term is known to be the second", async () => {
    const path = temporaryFolder();
    const membership = { voters: [NodeId("n1")], outgoing: [], learners: [] };
    const directory = await openDirectory(path, { membership });
    await append(directory.log, batch({ hardState: hardState(7, "n1") }));
    const crashed = crashCopy(path, join(temporaryFolder(), "copy"));
    const again = await openDirectory(crashed, { membership });
    expect(again.restored.hardState).toEqual(hardState(7, "n1"));
    await again.close();
    await directory.close();
  });
});
