import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Operation } from "../workload/history.ts";
import { type Call, checkHistory, type Model } from "./checker.ts";
import { jobModel, redrivableJobModel, thatMatter } from "./jobModel.ts";

interface RegisterCall extends Call {
  readonly type: "write" | "read";
  readonly value: number;
}

const register: Model<number, RegisterCall> = {
  initial: 0,
  fingerprint: String,
  step: (state, { type, value, returnTime }) => {
    if (type === "write") return value;
    return state === value || returnTime === null ? state : null;
  },
};

const generous = { maxSteps: 1_000_000 };

function write(value: number, invokeTime: number, returnTime: number | null): RegisterCall {
  return { type: "write", value, invokeTime, returnTime };
}

function read(value: number, invokeTime: number, returnTime: number): RegisterCall {
  return { type: "read", value, invokeTime, returnTime };
}

function verdict(...history: RegisterCall[]) {
  return checkHistory(register, history, generous).type;
}

describe("a register, by known histories", () => {
  test("nothing happened", () => expect(verdict()).toBe("linearizable"));

  test("one after the other", () =>
    expect(verdict(write(1, 0, 1), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7))).toBe("linearizable"));

  test("a read beside a write may see the old or the new", () => {
    expect(verdict(write(1, 0, 10), read(0, 1, 2))).toBe("linearizable");
    expect(verdict(write(1, 0, 10), read(1, 1, 2))).toBe("linearizable");
  });

  test("a stale read", () => expect(verdict(write(1, 0, 1), read(0, 2, 3))).toBe("violation"));

  test("a read of what nobody wrote", () => expect(verdict(write(1, 0, 1), read(7, 2, 3))).toBe("violation"));

  test("the new and then the old again, beside one write (Herlihy and Wing)", () =>
    expect(verdict(write(1, 0, 10), read(1, 1, 2), read(0, 3, 4))).toBe("violation"));

  test("two readers that see two writes in different orders", () =>
    expect(verdict(write(1, 0, 10), write(2, 0, 10), read(1, 11, 12), read(2, 13, 14), read(1, 15, 16))).toBe(
      "violation",
    ));

  test("a write without an end may take effect, now or much later, or never", () => {
    expect(verdict(write(1, 0, null), read(0, 1, 2))).toBe("linearizable");
    expect(verdict(write(1, 0, null), read(1, 1, 2))).toBe("linearizable");
    expect(verdict(write(1, 0, null), read(0, 1, 2), read(1, 3, 4))).toBe("linearizable");
    expect(verdict(write(1, 0, null), read(1, 1, 2), read(0, 3, 4))).toBe("violation");
  });

  test("a write without an end cannot take effect before it was called", () =>
    expect(verdict(read(1, 0, 1), write(1, 2, null))).toBe("violation"));

  test("gives up rather than run for ever, and says so", () => {
    const history = Array.from({ length: 14 }, (_, i) => write(i, 0, 100));
    const found = checkHistory(register, [...history, read(99, 101, 102)], { maxSteps: 500 });
    expect(found).toMatchObject({ type: "gaveUp" });
  });
});

/** All orders, tried one by one: slow, and plainly right. */
function isLinearizable(history: readonly RegisterCall[]): boolean {
  const search = (state: number, left: readonly RegisterCall[]): boolean => {
    if (left.every(({ returnTime }) => returnTime === null)) return true;
    return left.some((call) => {
      const tooLate = left.some(({ returnTime }) => returnTime !== null && returnTime < call.invokeTime);
      const next = tooLate ? null : register.step(state, call);
      return (
        next !== null &&
        search(
          next,
          left.filter((each) => each !== call),
        )
      );
    });
  };
  return search(register.initial, history);
}

test("random histories: the same verdict as trying all orders", () => {
  const call = fc
    .record({
      type: fc.constantFrom("write" as const, "read" as const),
      value: fc.integer({ min: 0, max: 2 }),
      invokeTime: fc.integer({ min: 0, max: 12 }),
      takes: fc.integer({ min: 1, max: 6 }),
      isOpen: fc.integer({ min: 0, max: 5 }).map((dice) => dice === 0),
    })
    .map(({ type, value, invokeTime, takes, isOpen }) => ({
      type,
      value,
      // No two events at one instant: whether they overlap would be a matter of taste.
      invokeTime: invokeTime * 2,
      returnTime: isOpen ? null : invokeTime * 2 + takes * 2 - 1,
    }));
  fc.assert(
    fc.property(fc.array(call, { maxLength: 7 }), (history) => {
      const found = checkHistory(register, history, generous).type === "linearizable";
      expect(found).toBe(isLinearizable(history));
    }),
    { numRuns: 1_500 },
  );
});

describe("a job", () => {
  let clock = 0;
  const call = (op: Operation["op"], result: unknown, argument: unknown = null): Operation => {
    const invokeTime = (clock += 2);
    return {
      client: "c",
      key: "j",
      op,
      argument,
      result,
      invokeTime,
      returnTime: result === undefined ? null : invokeTime + 1,
    };
  };
  const enqueued = (existing: boolean, state = "ready") => call("enqueue", { existing, state });
  const seen = (state: string, token: number) => call("get", { state, token });
  const completed = (token: number, ok: boolean) => call("complete", { ok }, { token });
  const check = (...history: Operation[]) => checkHistory(jobModel, history, generous).type;

  test("its life, and a get at each station", () =>
    expect(
      check(
        enqueued(false),
        seen("ready", 0),
        seen("running", 5),
        completed(5, true),
        seen("completed", 5),
        enqueued(true, "completed"),
      ),
    ).toBe("linearizable"));

  test("an acknowledged job that is not there", () =>
    expect(check(enqueued(false), call("get", null))).toBe("violation"));

  test("enqueued twice, and new both times", () =>
    expect(check(enqueued(false), enqueued(false))).toBe("violation"));

  test("it was there already, and nobody had asked for it", () =>
    expect(check(enqueued(true))).toBe("violation"));

  test("an unknown enqueue may explain that it is there", () =>
    expect(check(call("enqueue", undefined), enqueued(true))).toBe("linearizable"));

  test("completed, and running again", () =>
    expect(check(enqueued(false), completed(5, true), seen("running", 9))).toBe("violation"));

  test("completed with two tokens", () =>
    expect(check(enqueued(false), completed(5, true), completed(7, true))).toBe("violation"));

  test("a token that goes down", () =>
    expect(check(enqueued(false), seen("running", 9), seen("running", 5))).toBe("violation"));

  test("a stale worker is refused", () =>
    expect(check(enqueued(false), seen("running", 9), completed(5, false), completed(9, true))).toBe(
      "linearizable",
    ));

  test("a stale worker is let in", () =>
    expect(check(enqueued(false), seen("running", 9), completed(5, true))).toBe("violation"));

  test("a cancelled job comes back", () =>
    expect(check(enqueued(false), call("cancel", { ok: true, state: "cancelled" }), seen("ready", 0))).toBe(
      "violation",
    ));

  test("one that may be let begin anew is completed by a call that nobody knows the end of, and of a later claim", () => {
    const again = (...history: Operation[]) => checkHistory(redrivableJobModel, history, generous).type;
    const unknown = (token: number) => call("complete", undefined, { token });
    const died = [enqueued(false), seen("dead", 13)];
    expect(again(...died, unknown(91), seen("completed", 91))).toBe("linearizable");
    expect(again(...died, unknown(91), seen("dead", 13))).toBe("linearizable");
    expect(again(...died, unknown(13), seen("completed", 13))).toBe("violation");
    expect(check(...died, unknown(91), seen("completed", 91))).toBe("violation");
  });

  test("of calls that nobody knows the end of the first is enough, and one that is answered never goes", () => {
    const first = enqueued(false);
    const unknown = [5, 5, 7, 5].map((token) => call("complete", undefined, { token }));
    const known = completed(5, false);
    const history = [first, ...unknown, known, call("extend", undefined, { token: 5 })];
    expect(thatMatter(history.toReversed())).toEqual([history[0], unknown[0], unknown[2], known]);
  });
});
