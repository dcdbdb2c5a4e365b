import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Budget } from "../../src/client/budget.ts";
import { Directory } from "../../src/client/directory.ts";
import { EnqueueCall, type Entry } from "../../src/client/enqueueCall.ts";
import { Enqueuer } from "../../src/client/enqueuer.ts";
import { ConclaveError } from "../../src/client/index.ts";
import { Leader } from "../../src/client/leader.ts";
import { Nodes } from "../../src/client/nodes.ts";
import { SendQueue } from "../../src/client/sendQueue.ts";
import { failureOf } from "../support/failure.ts";
import { StandingClock } from "../support/standingClock.ts";

/** An enqueuer that finds no leader. */
function leaderless() {
  const clock = new StandingClock();
  const leader = new Leader(new Directory("127.0.0.1:7400"), new Nodes(), undefined, clock);
  leader.find = () => new Promise(() => undefined);
  const enqueuer = new Enqueuer(leader, undefined);
  const payload = new Uint8Array(1024 * 1024);
  let sent = 0;
  const enqueue = (timeout: number, signal?: AbortSignal) => {
    const spec = { id: `j${++sent}`, queue: "q", payload };
    return enqueuer.enqueue([spec], new Budget({ timeout, signal }, 0, clock), false, () => "taken");
  };
  return { clock, enqueue };
}

// Put it in: sendQueue.ts: what has settled counts until it is taken.
it("calls that ended without having been sent leave room for others", async () => {
  const { clock, enqueue } = leaderless();
  const codesOf = async (calls: readonly Promise<unknown>[]) =>
    new Set((await Promise.all(calls.map(failureOf))).map(({ code }) => code));
  for (let round = 0; round < 3; round++) {
    const late = Array.from({ length: 60 }, () => enqueue(1_000));
    clock.pass(1_000);
    expect(await codesOf(late)).toEqual(new Set(["DEADLINE_EXCEEDED"]));
  }
  const stop = new AbortController();
  const aborted = Array.from({ length: 60 }, () => enqueue(1_000, stop.signal));
  // 64 MiB may wait.
  const more = Array.from({ length: 5 }, () => enqueue(1_000, stop.signal));
  expect(await failureOf(Promise.race(more))).toMatchObject({ code: "OVERLOADED" });
  stop.abort();
  expect(await codesOf([...aborted, ...more])).toEqual(new Set(["ABORTED", "OVERLOADED"]));
  const after = Array.from({ length: 50 }, () => enqueue(1_000));
  clock.pass(1_000);
  expect(await codesOf(after)).toEqual(new Set(["DEADLINE_EXCEEDED"]));
});

type Step = { readonly do: "call" | "take" | "putBack" | "settle"; readonly n: number };

// Put it in: sendQueue.ts: `take` or `putBack` that does not count for the call.
it("what waits is counted, and given in its order, whatever ends meanwhile", () => {
  const steps = fc.array(
    fc.record<Step>({
      do: fc.constantFrom("call", "call", "take", "putBack", "settle"),
      n: fc.integer({ min: 0, max: 9 }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new SendQueue();
      const calls: EnqueueCall[] = [];
      let waiting: Entry[] = [];
      const away: (readonly Entry[])[] = [];
      let sequence = 0;
      for (const step of all) {
        if (step.do === "call") {
          const specs = Array.from({ length: step.n + 1 }, () => ({ id: "x", queue: "q" }));
          const settled = (settledCall: EnqueueCall): void => queue.settle(settledCall);
          const call = new EnqueueCall(specs, new Budget(), step.n === 9, () => undefined, settled);
          call.promise.catch(() => undefined);
          calls.push(call);
          for (const [index, spec] of specs.entries()) {
            const entry = { spec, index, call, bytes: 100 + index, sequence: ++sequence, part: 0 };
            queue.push(entry);
            waiting.push(entry);
          }
        } else if (step.do === "take") {
          const taken = queue.take();
          expect(taken).toEqual(waiting.slice(0, taken.length));
          expect(taken.length > 0).toBe(waiting.length > 0);
          waiting = waiting.slice(taken.length);
          away.push(taken);
        } else if (step.do === "putBack") {
          const back = away.pop() ?? [];
          queue.putBack(back);
          waiting = [...back.filter(({ call }) => !call.settled), ...waiting];
          waiting.sort((a, b) => a.sequence - b.sequence);
        } else {
          const call = calls[step.n];
          call?.fail(new ConclaveError("ABORTED", "enough"));
          waiting = waiting.filter((entry) => entry.call !== call);
        }
        const bytes = waiting.reduce((sum, entry) => sum + entry.bytes, 0);
        expect(queue.empty).toBe(waiting.length === 0);
        if (queue.empty) queue.checkRoom(1e9, 1e9);
        else expect(() => queue.checkRoom(1e9, 0)).toThrow(`${waiting.length} jobs (${bytes} bytes) already`);
      }
    }),
  );
});
