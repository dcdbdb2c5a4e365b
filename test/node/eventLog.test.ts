import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FencingToken, JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import type { JobEvent } from "../../src/machine/types.ts";
import { EventLog } from "../../src/node/eventLog.ts";

const event = (id: string): JobEvent => ({
  type: "ready",
  id: JobId(id),
  queue: "q",
  agent: "",
  state: "ready",
  attempt: 0,
  token: FencingToken(0),
  detail: "",
});
const at = LogTimeMs(1);
const indexes = (log: EventLog, from: number) => [...log.from(LogIndex(from))].map(({ index }) => index);

test("entries with events are kept from where the log began", () => {
  const log = new EventLog(LogIndex(7));
  expect([log.firstIndex, log.nextIndex]).toEqual([8, 8]);
  log.add(LogIndex(8), at, [event("a")]);
  log.add(LogIndex(9), at, []);
  log.add(LogIndex(10), at, [event("b"), event("c")]);
  expect([log.firstIndex, log.nextIndex]).toEqual([8, 11]);
  expect(indexes(log, 8)).toEqual([8, 10]);
  expect(indexes(log, 9)).toEqual([10]);
  expect(indexes(log, 11)).toEqual([]);
});

test("whatever comes, what is kept is bounded, whole from its first index on, and begins with no entry that is left out", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(5), { maxLength: 200 }),
      fc.integer({ min: 1, max: 5_000 }),
      (counts, maxBytes) => {
        const log = new EventLog(LogIndex(0), maxBytes);
        const all: number[] = [];
        counts.forEach((count, n) => {
          const index = LogIndex(n + 1);
          log.add(
            index,
            at,
            Array.from({ length: count }, (_, k) => event(`${n}/${k}`)),
          );
          if (count > 0) all.push(index);
          expect(indexes(log, log.firstIndex)).toEqual(all.filter((each) => each >= log.firstIndex));
          expect(log.nextIndex).toBe(index + 1);
          const bytes = [...log.from(log.firstIndex)].reduce(
            (sum, each) => sum + each.events.length * 160,
            0,
          );
          // The newest entry is kept however large it is.
          expect(bytes).toBeLessThanOrEqual(Math.max(maxBytes, 5 * 160));
        });
      },
    ),
  );
});

test("events come out as they were put in, whatever they have in common", () => {
  const events = fc.array(
    fc.record<JobEvent>({
      type: fc.constantFrom("ready", "started", "completed"),
      id: fc.string().map(JobId),
      queue: fc.constantFrom("q", "r"),
      agent: fc.constantFrom("", "a"),
      state: fc.constantFrom("ready", "running"),
      attempt: fc.nat(1),
      token: fc.nat(1).map(FencingToken),
      detail: fc.constantFrom("", "why"),
    }),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(events, (given) => {
      const log = new EventLog(LogIndex(0));
      log.add(LogIndex(1), at, given);
      expect([...log.from(LogIndex(1))]).toEqual([{ index: 1, at, events: given }]);
    }),
  );
});

test("listeners hear of entries with events, and of a new beginning, until they leave", () => {
  const log = new EventLog(LogIndex(0));
  let heard = 0;
  const leave = log.listen(() => heard++);
  log.add(LogIndex(1), at, [event("a")]);
  log.add(LogIndex(2), at, []);
  expect(heard).toBe(1);
  log.restart(LogIndex(50));
  expect(heard).toBe(2);
  expect([log.firstIndex, log.nextIndex]).toEqual([51, 51]);
  expect(indexes(log, 51)).toEqual([]);
  leave();
  log.add(LogIndex(51), at, [event("b")]);
  expect(heard).toBe(2);
});
