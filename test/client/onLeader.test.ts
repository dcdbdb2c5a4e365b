import { Metadata, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { ConclaveError, type ErrorCode } from "../../src/base/errors.ts";
import { Budget } from "../../src/client/budget.ts";
import type { Leader } from "../../src/client/leader.ts";
import type { Node } from "../../src/client/nodes.ts";
import { Pursuit, pursue, untypedPatienceMs } from "../../src/client/onLeader.ts";
import { fromGrpc } from "../../src/client/wireErrors.ts";
import { failureOf } from "../support/failure.ts";

/** A call whose only try fails, and a leader that is looked for until time is over, which tells what it met last. */
async function failedThenOver(code: ErrorCode): Promise<ConclaveError> {
  const met = new ConclaveError(code, "as the node said");
  const leader: Pick<Leader, "report" | "gone" | "closing"> = {
    report: () => false,
    gone: undefined,
    closing: new AbortController().signal,
  };
  const node = {} as Node;
  let finds = 0;
  const find = (): Promise<Node> => (finds++ === 0 ? Promise.resolve(node) : Promise.reject(met));
  const call = () => Promise.reject(met);
  return await failureOf(pursue(leader as Leader, new Budget({ timeout: 60_000 }), find, call));
}

test.each(["UNAVAILABLE", "DEADLINE_EXCEEDED", "OUTCOME_UNKNOWN"] as const)(
  "a call that may have arrived (%s) is said to be in doubt, also when time runs out while a leader is looked for",
  async (code) => {
    const error = await failedThenOver(code);
    expect(error.code).toBe("DEADLINE_EXCEEDED");
    expect(error.message).toContain("may have taken effect (last: as the node said)");
  },
);

test("one that was refused for sure is not", async () => {
  const error = await failedThenOver("NOT_LEADER");
  expect(error.code).toBe("NOT_LEADER");
  expect(error.message).toContain("gave up after 60000 ms");
});

test("statuses that no node sent are borne for a while, and anew after anything else", () => {
  let now = 5;
  const pursuit = new Pursuit({ clock: { now: () => now } } as unknown as Leader);
  const foreign = fromGrpc({ code: status.UNIMPLEMENTED, details: "", metadata: new Metadata() }, "h:1");
  const own = new ConclaveError("NO_LEADER", "as the node said");
  const refused = new ConclaveError("INVALID_ARGUMENT", "as the node said");
  expect(pursuit.mayGoOn(foreign)).toBe(true);
  now += untypedPatienceMs - 1;
  expect(pursuit.mayGoOn(foreign)).toBe(true);
  now += 1;
  expect(pursuit.mayGoOn(foreign)).toBe(false);
  expect(pursuit.mayGoOn(own)).toBe(true);
  expect(pursuit.mayGoOn(foreign)).toBe(true);
  expect(pursuit.mayGoOn(refused)).toBe(false);
});

test("what no other try would change is told as it is", async () => {
  expect((await failedThenOver("INVALID_ARGUMENT")).message).toBe("as the node said");
});
