import { FencingToken } from "../../base/brands.ts";
import type { Act__Output } from "../../generated/conclave/v1/Act.ts";
import type { ActResult } from "../../generated/conclave/v1/ActResult.ts";
import type { Fail__Output } from "../../generated/conclave/v1/Fail.ts";
import type * as machine from "../../machine/types.ts";
import { batch, bytesUpTo, cut, refuse, text, within, withinOr } from "./check.ts";
import { refusalToWire } from "./errorDetail.ts";
import { jobId } from "./jobId.ts";
import { limits, type SizeLimits } from "./limits.ts";
import type { ActsAsked } from "./workMessages.ts";

const ms = " (milliseconds)";

/** All acts of a request, checked; one malformed act refuses the whole. `bytes` is the encoded request's size. */
export function acts(request: ActsAsked, bytes: number, sizes: SizeLimits): readonly machine.Act[] {
  batch("acts", request.acts.length, limits.maxBatch, bytes, sizes.maxBatchBytes);
  return request.acts.map((act, index) => {
    if (!("token" in act)) return actFrom(`acts[${index}]`, act, sizes);
    const isFine = act.type === "complete" && act.token >= 1 && act.result.length <= sizes.maxResultBytes;
    return isFine ? act : checked(`acts[${index}]`, act, sizes);
  });
}

/** A completion, its bounds looked at one by one. */
function checked(at: string, act: machine.Act, sizes: SizeLimits): machine.Act {
  within(`${at}.fencing_token`, act.token, 1, Number.MAX_SAFE_INTEGER);
  if (act.type === "complete")
    bytesUpTo(`${at}.complete.result`, act.result, sizes.maxResultBytes, "--max-result");
  return act;
}

function actFrom(at: string, act: Act__Output, sizes: SizeLimits): machine.Act {
  const id = jobId(`${at}.id`, act.id);
  const token = FencingToken(within(`${at}.fencing_token`, act.fencingToken, 1, Number.MAX_SAFE_INTEGER));
  if (act.complete) {
    const result = bytesUpTo(
      `${at}.complete.result`,
      act.complete.result,
      sizes.maxResultBytes,
      "--max-result",
    );
    return { type: "complete", id, token, result };
  }
  if (act.fail) return failFrom(`${at}.fail`, { id, token }, act.fail);
  if (act.extend) return { type: "extend", id, token };
  if (act.release) {
    const delayMs = within(`${at}.release.delay_ms`, act.release.delayMs, 0, limits.maxDelayMs, ms);
    return { type: "release", id, token, ...(delayMs > 0 && { delayMs }) };
  }
  if (act.checkpoint) {
    const data = bytesUpTo(
      `${at}.checkpoint.data`,
      act.checkpoint.data,
      sizes.maxCheckpointBytes,
      "--max-checkpoint",
    );
    return { type: "checkpoint", id, token, data };
  }
  if (act.progress) {
    const percent = within(`${at}.progress.percent`, act.progress.percent, -1, 100, " (-1: not told)");
    const note = text(`${at}.progress.note`, act.progress.note, limits.maxNoteCharacters);
    return { type: "progress", id, token, percent: percent === -1 ? null : percent, note };
  }
  return refuse(
    at,
    "has no act that this node knows: set one of complete, fail, extend, release, checkpoint, progress",
  );
}

function failFrom(at: string, claim: machine.HeldClaim, fail: Fail__Output): machine.Act {
  const delay = withinOr(0, `${at}.retry_after_ms`, fail.retryAfterMs, 1, limits.maxBackoffMs, ms);
  return {
    type: "fail",
    ...claim,
    error: cut(fail.error, limits.maxErrorCharacters),
    retryable: !fail.notRetryable,
    retryAfterMs: delay === 0 ? null : delay,
  };
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
