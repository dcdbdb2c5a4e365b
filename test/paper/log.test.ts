import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import type { Entry } from "../../src/raft/index.ts";
import { RaftLog } from "../../src/raft/log.ts";
import { entry, restoredLog } from "../support/raftNode.ts";

const noCache = 0;

describe("the log in memory", () => {
  test("terms, cuts, appends and compaction agree with a plain array", () => {
    const action = fc.oneof(
      fc.record({
        type: fc.constant("append" as const),
        bump: fc.nat(2),
        count: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({ type: fc.constant("cut" as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ type: fc.constant("compact" as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const log = new RaftLog(restoredLog({}), noCache);
        let terms: number[] = [0];
        let compacted = 0;
        for (const each of actions) {
          const last = terms.length - 1;
          if (each.type === "append") {
            const term = Math.max(1, (terms.at(-1) ?? 0) + each.bump);
            const entries = Array.from({ length: each.count }, (_, i) => entry(last + 1 + i, term, "xx"));
            log.append(entries);
            terms.push(...entries.map((item) => item.term));
          } else if (each.type === "cut") {
            const from = compacted + 1 + Math.floor(each.part * (last - compacted));
            if (from > last) continue;
            log.truncateFrom(LogIndex(from));
            terms = terms.slice(0, from);
          } else {
            compacted += Math.floor(each.part * (last - compacted));
            log.compact(LogIndex(compacted));
          }
          expect(log.lastIndex).toBe(terms.length - 1);
          for (let index = 0; index <= terms.length; index++) {
            const known = index < compacted ? undefined : terms[index];
            expect(log.termAt(LogIndex(index))).toBe(known);
          }
        }
        const top = Math.max(...terms);
        for (let term = 0; term <= top; term++) {
          for (let through = compacted; through < terms.length; through++) {
            let expected = through;
            while (expected > compacted && (terms[expected] ?? 0) > term) expected--;
            expect(log.lastIndexAtMost(Term(term), LogIndex(through))).toBe(expected);
          }
        }
      }),
    );
  });

  test("entries that are applied and durable leave memory, the newest stay up to the cache's size", () => {
    const log = new RaftLog(restoredLog({}), 100);
    for (let index = 1; index <= 10_000; index++) {
      log.append([entry(index, 1, "0123456789")]);
      log.spare(LogIndex(index - 5));
    }
    expect(log.firstInMemory).toBe(10_000 - 5 - 10 + 1);
    const kept = log.slice(log.firstInMemory, LogIndex(10_000), Number.POSITIVE_INFINITY);
    expect(kept.map((item: Entry) => item.index)).toEqual(Array.from({ length: 15 }, (_, i) => 9_986 + i));
  });

  test("entries are handed on, never copied", () => {
    const log = new RaftLog(restoredLog({}), noCache);
    const mine = entry(1, 1, "payload");
    log.append([mine]);
    expect(log.slice(LogIndex(1), LogIndex(1), 1)[0]).toBe(mine);
  });

  test("a gap, a term that goes down, or a restored log that does not fit is a broken invariant", () => {
    const log = new RaftLog(restoredLog({ log: [1, 2] }), noCache);
    expect(() => log.append([entry(4, 2)])).toThrow(/does not follow/);
    expect(() => log.append([entry(3, 1)])).toThrow(/below the one before/);
    const restored = restoredLog({ log: [1, 2, 3] });
    expect(() => new RaftLog({ ...restored, entries: restored.entries.slice(1) }, noCache)).toThrow(/gap/);
    expect(() => new RaftLog({ ...restored, termStarts: [] }, noCache)).toThrow(/no term is known/);
  });

  test("a restart finds the terms of what is only on disk", () => {
    const compacted = { index: LogIndex(4), term: Term(2) };
    const log = new RaftLog(restoredLog({ compacted, log: [2, 3, 3, 5], applied: 7 }), noCache);
    expect([3, 4, 5, 6, 7, 8, 9].map((index) => log.termAt(LogIndex(index)))).toEqual([
      undefined,
      2,
      2,
      3,
      3,
      5,
      undefined,
    ]);
    expect(log.firstInMemory).toBe(8);
  });
});
