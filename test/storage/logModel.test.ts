import { expect, it } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import { SeededRandom } from "../../src/base/random.ts";
import type { Entry, EntryId, HardState } from "../../src/raft/types.ts";
import { batch, entry, hardState, shown } from "./support/entries.ts";
import { openLog, type TestLog } from "./support/openLog.ts";
import { temporaryFolder } from "./support/temporary.ts";

const steps = 400;
const seeds = process.env["STORAGE_SEED"]?.split(",") ?? ["1", "2", "3", "4"];

/** The log as it should be, in an array. */
class Model {
  entries: Entry[] = [];
  compacted: EntryId = { index: LogIndex(0), term: Term(0) };
  hardState: HardState = hardState(0);

  get last(): EntryId {
    const { index, term } = this.entries.at(-1) ?? this.compacted;
    return { index, term };
  }

  truncateFrom(index: number): void {
    this.entries = this.entries.filter((each) => each.index < index);
  }

  compact(index: number): void {
    const last = this.entries.find((each) => each.index === index);
    if (last === undefined) return;
    this.compacted = { index: last.index, term: last.term };
    this.entries = this.entries.filter((each) => each.index > index);
  }

  get termStarts(): EntryId[] {
    const begins = (each: Entry, at: number) => at === 0 || this.entries[at - 1]?.term !== each.term;
    return this.entries.filter(begins).map(({ index, term }) => ({ index, term }));
  }
}

/** Chooses writes that a core could ask for: terms never go back, cuts stay above what is compacted. */
function nextBatch(model: Model, random: SeededRandom) {
  const { index: last } = model.last;
  const cut = last > model.compacted.index && random.below(5) === 0;
  const from = cut ? model.compacted.index + 1 + random.below(last - model.compacted.index) : last + 1;
  const raises = cut || model.hardState.currentTerm === 0 || random.below(6) === 0;
  const term = model.hardState.currentTerm + (raises ? 1 : 0);
  const count = random.below(12);
  const made = Array.from({ length: count }, (_, at) => entry(from + at, term, random.below(60)));
  if (raises) model.hardState = hardState(term, random.below(2) === 0 ? "n2" : null);
  if (cut) model.truncateFrom(from);
  model.entries.push(...made);
  return batch({
    ...(raises ? { hardState: model.hardState } : {}),
    ...(cut ? { truncateFrom: from } : {}),
    entries: made,
  });
}

async function compare({ log }: TestLog, model: Model, random: SeededRandom): Promise<void> {
  expect([log.lastEntry, log.compacted]).toEqual([model.last, model.compacted]);
  const { length } = model.entries;
  if (length === 0) return;
  const from = random.below(length);
  const part = model.entries.slice(from, from + 1 + random.below(length - from));
  const [first = model.last, last = model.last] = [part[0], part.at(-1)];
  const read = await log.read(first.index, last.index, Number.POSITIVE_INFINITY);
  expect(read.map(shown)).toEqual(part.map(shown));
}

async function reopen(root: string, opened: TestLog, model: Model, random: SeededRandom): Promise<TestLog> {
  await opened.log.close();
  const keepAbove = random.below(model.last.index + 1);
  const again = await openLog(root, { keepAbove });
  expect(again.hardState).toEqual(model.hardState);
  expect(again.termStarts).toEqual(model.termStarts);
  const kept = model.entries.filter((each) => each.index > keepAbove);
  expect(again.entries.map(shown)).toEqual(kept.map(shown));
  return again;
}

it.each(seeds)("behaves as an array through random operations and restarts: seed %s", async (seed) => {
  const random = new SeededRandom(`log model ${seed}`);
  const root = temporaryFolder();
  const model = new Model();
  let opened = await openLog(root);
  try {
    for (let step = 0; step < steps; step++) {
      const choice = random.below(20);
      if (choice < 14) {
        const batches = Array.from({ length: 1 + random.below(3) }, () => nextBatch(model, random));
        for (const each of batches) opened.log.stage(each);
        await Promise.all(batches.map((each) => opened.log.write(each)));
      } else if (choice < 16 && model.entries.length > 0) {
        const wanted = LogIndex(model.compacted.index + 1 + random.below(model.entries.length));
        const cheap = opened.log.cutBelow(wanted);
        expect(cheap).toBeLessThanOrEqual(wanted);
        const index = random.below(2) === 0 || cheap <= model.compacted.index ? wanted : cheap;
        model.compact(index);
        await opened.log.compact(LogIndex(index));
      } else if (choice === 19) {
        opened = await reopen(root, opened, model, random);
      }
      await compare(opened, model, random);
    }
    opened = await reopen(root, opened, model, random);
  } catch (cause) {
    const replay = `STORAGE_SEED=${seed} npx vitest run test/storage/logModel.test.ts`;
    throw new Error(`seed ${seed} fails; replay: ${replay}`, { cause });
  }
  await opened.log.close();
  expect(model.last.index).toBeGreaterThan(0);
});
