import { FencingToken } from "../../base/brands.ts";
import type { Act__Output } from "../../generated/conclave/v1/Act.ts";
import type { ActRequest__Output } from "../../generated/conclave/v1/ActRequest.ts";
import type { ActResult } from "../../generated/conclave/v1/ActResult.ts";
import type * as machine from "../../machine/types.ts";
import { batch, bytesUpTo, cut, refuse, within, withinOr } from "./check.ts";
import { refusalToWire } from "./errorDetail.ts";
import { jobId } from "./jobRequests.ts";
import { limits } from "./limits.ts";

/** All acts of a request, checked; one malformed act refuses the whole. `bytes` is the encoded request's size. */
export function acts(request: ActRequest__Output, bytes: number): readonly machine.Act[] {
  batch("acts", request.acts.length, limits.maxBatch, bytes, limits.maxRequestBytes);
  return request.acts.map((act, index) => actFrom(`acts[${index}]`, act));
}

function actFrom(at: string, act: Act__Output): machine.Act {
  const id = jobId(`${at}.id`, act.id);
  const token = FencingToken(within(`${at}.fencing_token`, act.fencingToken, 1, Number.MAX_SAFE_INTEGER));
  if (act.complete) {
    const result = bytesUpTo(`${at}.complete.result`, act.complete.result, limits.maxPayloadBytes);
    return { type: "complete", id, token, result };
  }
  if (act.fail) {
    const wish = act.fail.retryAfterMs;
    const delay = withinOr(0, `${at}.fail.retry_after_ms`, wish, 1, limits.maxBackoffMs, " (milliseconds)");
    return {
      type: "fail",
      id,
      token,
      error: cut(act.fail.error, limits.maxErrorCharacters),
      retryable: !act.fail.notRetryable,
      retryAfterMs: delay === 0 ? null : delay,
    };
  }
  if (act.extend) return { type: "extend", id, token };
  if (act.release) return { type: "release", id, token };
  return refuse(at, "has no act that this node knows: set one of complete, fail, extend, release");
}

export function actResultToWire(result: machine.ActResult): ActResult {
  if (!result.ok) return { error: refusalToWire(result) };
  switch (result.type) {
    case "extend":
      return { expiresAtMs: result.expiresAt, cancelRequested: result.cancelRequested };
    case "fail":
      return { nextDueAtMs: result.nextDueAt ?? 0 };
    case "complete":
    case "release":
    case "checkpoint":
    case "progress":
      return {};
  }
}
