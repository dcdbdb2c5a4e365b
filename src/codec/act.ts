import { FencingToken, JobId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Act } from "../machine/types.ts";
import { bytesOf } from "./jobSpec.ts";

/** `Act` of work.proto as protobufjs decodes it; of the oneof, all but one member are null. */
export interface StoredAct {
  readonly id: string;
  readonly fencingToken: number;
  readonly complete?: { readonly result: Uint8Array } | null;
  readonly fail?: StoredFail | null;
  readonly extend?: object | null;
  readonly release?: { readonly delayMs?: number } | null;
  readonly checkpoint?: { readonly data: Uint8Array } | null;
  readonly progress?: { readonly percent: number; readonly note: string } | null;
}

interface StoredFail {
  readonly error: string;
  readonly notRetryable: boolean;
  readonly retryAfterMs: number;
}

export function actToStored(act: Act): StoredAct {
  const { id, token: fencingToken } = act;
  switch (act.type) {
    case "complete":
      return { id, fencingToken, complete: { result: act.result } };
    case "fail": {
      const { error, retryable, retryAfterMs } = act;
      return {
        id,
        fencingToken,
        fail: { error, notRetryable: !retryable, retryAfterMs: retryAfterMs ?? 0 },
      };
    }
    case "extend":
      return { id, fencingToken, extend: {} };
    case "release":
      return {
        id,
        fencingToken,
        release: act.delayMs === undefined ? {} : { delayMs: act.delayMs },
      };
    case "checkpoint":
      return { id, fencingToken, checkpoint: { data: act.data } };
    case "progress":
      return { id, fencingToken, progress: { percent: act.percent ?? -1, note: act.note } };
  }
}

/** Throws DATA_CORRUPT for an act that only a newer version knows. */
export function actFromStored(stored: StoredAct): Act {
  const id = JobId(stored.id);
  const token = FencingToken(stored.fencingToken);
  if (stored.complete) return { type: "complete", id, token, result: bytesOf(stored.complete.result) };
  if (stored.fail) {
    const { error, notRetryable, retryAfterMs } = stored.fail;
    const wish = retryAfterMs === 0 ? null : retryAfterMs;
    return { type: "fail", id, token, error, retryable: !notRetryable, retryAfterMs: wish };
  }
  if (stored.extend) return { type: "extend", id, token };
  if (stored.release) {
    const { delayMs = 0 } = stored.release;
    return { type: "release", id, token, ...(delayMs > 0 && { delayMs }) };
  }
  if (stored.checkpoint) return { type: "checkpoint", id, token, data: bytesOf(stored.checkpoint.data) };
  if (stored.progress) {
    const { percent, note } = stored.progress;
    return { type: "progress", id, token, percent: percent < 0 ? null : percent, note };
  }
  throw unknownInLog("an act");
}

export function unknownInLog(what: string): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    `a log entry has ${what} that this version does not know: it was written by a newer version of conclave; ` +
      "upgrade this node",
  );
}
