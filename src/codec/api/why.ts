import type { WhyReason } from "../../generated/conclave/v1/WhyReason.ts";
import type { WhyReply } from "../../generated/conclave/v1/WhyReply.ts";
import type { Explanation } from "../../machine/explain.ts";
import type * as machine from "../../machine/types.ts";
import type { QueueWorkers } from "../../node/service.ts";
import { cut } from "./check.ts";
import { wireState } from "./enums.ts";
import { limits } from "./limits.ts";

type Reason = Explanation["reasons"][number];

/** `workers`: of the job's queue; null where they are not known. */
export function whyReply(
  { id, state, reasons }: Explanation,
  queue: string,
  workers: QueueWorkers | null,
): WhyReply {
  const waits = state === "waiting" || state === "scheduled" || state === "ready";
  return {
    id,
    state: wireState[state],
    reasons: [
      ...reasons.filter(saysSomething).map(reasonToWire),
      ...(waits && workers !== null ? workersMissing(queue, workers) : []),
    ],
  };
}

/** One that is next in the order is held up by nothing there. */
function saysSomething(reason: Reason): boolean {
  return reason.type !== "behind" || reason.higher + reason.earlier > 0;
}

function workersMissing(queue: string, { workers, credits }: QueueWorkers): WhyReason[] {
  if (workers === 0) return [{ code: "NO_WORKER", text: `no worker serves queue ${queue}` }];
  if (credits > 0) return [];
  const are = workers === 1 ? "the only worker" : `all ${workers} workers`;
  return [{ code: "NO_ROOM", text: `${are} of queue ${queue} have no room for another job` }];
}

function reasonToWire(reason: Reason): WhyReason {
  switch (reason.type) {
    case "notDue": {
      const retry = `attempt ${reason.attempt} failed (${short(reason.lastError)}), and the next one is not due`;
      return {
        code: "NOT_DUE",
        text: reason.attempt === 0 ? "it was enqueued for later" : retry,
        untilMs: reason.dueAt,
      };
    }
    case "waitsFor":
      return {
        code: "WAITS_FOR",
        text:
          reason.ids.length === 1
            ? "it waits for another job"
            : `it waits for ${reason.ids.length} other jobs`,
        ids: [...reason.ids],
      };
    case "paused": {
      const { by, why } = reason.paused;
      return { code: "PAUSED", text: `the queue was paused${by === "" ? "" : ` by ${by}`}${because(why)}` };
    }
    case "breaker":
      return breakerReason(reason.breaker);
    case "running": {
      const { of, name, running, limit } = reason;
      return { code: "MAX_RUNNING", text: `${running} of at most ${limit} jobs of ${of} ${name} run` };
    }
    case "rate": {
      const { of, name, rate, freeAt } = reason;
      const text = `${of} ${name} has had its ${rate.limit} claims in ${rate.intervalMs} ms`;
      return { code: "RATE", text, untilMs: freeAt ?? 0 };
    }
    case "behind": {
      const { higher, earlier, atLeast } = reason;
      const before = `${atLeast ? "at least " : ""}${earlier} of its own that were ready before it`;
      return { code: "BEHIND", text: `${higher} jobs of higher priority stand before it, and ${before}` };
    }
    case "inHand": {
      const asked = reason.cancelRequested ? "; it was asked to be cancelled" : "";
      const text = `worker ${reason.workerId} has it, under token ${reason.token}${asked}`;
      return { code: "RUNNING", text, untilMs: reason.expiresAt };
    }
    case "ended":
      return { code: "ENDED", text: `it is ${reason.state}${because(reason.reason)}` };
  }
}

function breakerReason({ agent, state, openUntil, failures, lastError, byHand }: machine.Breaker): WhyReason {
  const last = lastError === "" ? "" : `, the last one: ${short(lastError)}`;
  const hand = byHand === null ? "" : ` (by hand, ${byHand.by}${because(byHand.why)})`;
  const text =
    state === "halfOpen"
      ? `the breaker of agent ${agent} is half-open, and another job tries it`
      : `the breaker of agent ${agent} is open${hand} after ${failures} failures in a row${last}`;
  return { code: "BREAKER", text, untilMs: openUntil ?? 0 };
}

function because(why: string): string {
  return why === "" ? "" : `: ${short(why)}`;
}

function short(text: string): string {
  return cut(text, limits.maxListedCharacters);
}
