import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/base/errors.ts";
import { ActOutbox } from "../../src/client/actOutbox.ts";
import { AttemptActs } from "../../src/client/attemptActs.ts";
import { processClock } from "../../src/client/clock.ts";
import type { HeldClaim } from "../../src/client/heldClaim.ts";
import type { ActReply__Output } from "../../src/generated/conclave/v1/ActReply.ts";
import type { ActRequest } from "../../src/generated/conclave/v1/ActRequest.ts";
import type { ErrorDetail__Output } from "../../src/generated/conclave/v1/ErrorDetail.ts";

/** A leader that is asked, and answers what and when a test likes. What it accepts is what is stored. */
class Leader {
  readonly asked: ActRequest[] = [];
  readonly stored: string[] = [];
  readonly #outbox: ActOutbox;

  constructor(outbox: ActOutbox) {
    this.#outbox = outbox;
    outbox.attach((request) => {
      this.asked.push(request);
      return undefined;
    });
  }

  accept(at: number): void {
    const { requestId = 0, acts = [] } = this.asked[at] ?? {};
    for (const { id, checkpoint } of acts)
      if (checkpoint) this.stored.push(`${id} ${String(checkpoint.data)}`);
    const results = acts.map(() => ({ error: null }));
    this.#outbox.onReply({ requestId, error: null, results } as unknown as ActReply__Output);
  }

  refuse(at: number, code: ErrorCode): void {
    const error = { code, message: "not as a whole" } as ErrorDetail__Output;
    this.#outbox.onReply({
      requestId: this.asked[at]?.requestId ?? 0,
      error,
      results: [],
    } as ActReply__Output);
    this.#outbox.flush();
  }
}

function attempt(id: string, outbox: ActOutbox): AttemptActs {
  const claim = { job: { id, fencingToken: 7 }, over: false, whyGone: () => undefined };
  const onWork = (): void => outbox.flush();
  return new AttemptActs(claim as unknown as HeldClaim, {
    outbox,
    clock: processClock,
    onWork,
    onLost: () => expect.fail("the claim is not lost"),
  });
}

// Put it in: attemptActs.ts, `save`: send at once, whatever is on its way.
describe.each(["OVERLOADED", "PAYLOAD_TOO_LARGE"] as const)(
  "checkpoints saved without waiting, %s",
  (code) => {
    it("are stored in the order in which they were saved, and none that was acknowledged is taken back", async () => {
      const outbox = new ActOutbox(processClock);
      const leader = new Leader(outbox);
      const [a, b] = [attempt("a", outbox), attempt("b", outbox)];
      const saved: string[] = [];
      const save = (data: string): Promise<void> =>
        a.save(Buffer.from(data)).then(() => void saved.push(data));
      const all = [save("1"), b.save(Buffer.from("b")), save("2"), save("3")];
      // The first is on its way, by itself; whatever else its job says waits for the answer.
      leader.refuse(0, code);
      for (let at = 1; at < leader.asked.length; at++) {
        leader.accept(at);
        outbox.flush();
      }
      if (code === "PAYLOAD_TOO_LARGE") await expect(all[0]).rejects.toMatchObject({ code });
      await Promise.all(all.slice(1));
      expect(leader.stored.filter((each) => each.startsWith("a")).at(-1)).toBe("a 3");
      expect(saved.at(-1)).toBe("3");
    });
  },
);

// Put it in: attemptActs.ts, `save`: leave `#next` as it is when the one before is replaced.
it("a checkpoint that takes the place of one that came back is not followed by one from between", async () => {
  const outbox = new ActOutbox(processClock);
  const leader = new Leader(outbox);
  const a = attempt("a", outbox);
  const all = ["1", "2"].map((data) => a.save(Buffer.from(data)));
  outbox.detach();
  all.push(a.save(Buffer.from("3")));
  const next = new Leader(outbox);
  outbox.flush();
  for (let at = 0; at < next.asked.length; at++) next.accept(at);
  await Promise.all(all);
  expect([...leader.stored, ...next.stored]).toEqual(["a 3"]);
});

it("a checkpoint that waits for the one before it still goes before the act that ends the claim", () => {
  const outbox = new ActOutbox(processClock);
  const leader = new Leader(outbox);
  const a = attempt("a", outbox);
  void a.save(Buffer.from("1"));
  void a.save(Buffer.from("2"));
  a.finish();
  outbox.push({
    act: { id: "a", fencingToken: 7, fail: { error: "x" } },
    lasting: true,
    onResult: () => undefined,
    onRefused: () => undefined,
  });
  outbox.flush();
  const kinds = leader.asked.flatMap(({ acts = [] }) =>
    acts.map(({ checkpoint, fail }) => String(checkpoint?.data ?? fail?.error)),
  );
  expect(kinds).toEqual(["1", "2", "x"]);
});

// Put it in: actOutbox.ts, `#putBack`: what comes back goes first.
it("acts that come back with a broken stream are sent again in the order in which they were pushed", () => {
  const outbox = new ActOutbox(processClock);
  const leader = new Leader(outbox);
  const push = (id: string): void => {
    const act = { id, fencingToken: 1, complete: { result: Buffer.alloc(0) } };
    outbox.push({ act, lasting: true, onResult: () => undefined, onRefused: () => undefined });
    outbox.flush();
  };
  push("a");
  push("b");
  // Put back, and not sent again before the stream breaks.
  const error = { code: "OVERLOADED", message: "" } as ErrorDetail__Output;
  outbox.onReply({ requestId: leader.asked[0]?.requestId ?? 0, error, results: [] } as ActReply__Output);
  outbox.detach();
  const next = new Leader(outbox);
  outbox.flush();
  expect(next.asked.flatMap(({ acts = [] }) => acts.map(({ id }) => id))).toEqual(["a", "b"]);
});
