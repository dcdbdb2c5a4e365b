import { FencingToken, JobId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Act } from "../machine/types.ts";
import type { PlainReader } from "../wire/reader.ts";
import type { WireWriter } from "../wire/writer.ts";
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

/** `Act` of work.proto. */
export function writeAct(to: WireWriter, act: Act): void {
  to.string(1, act.id);
  to.uint(2, act.token);
  const start = to.openSmall(actFields[act.type]);
  switch (act.type) {
    case "complete":
      to.bytes(1, act.result);
      break;
    case "fail":
      to.string(1, act.error);
      to.bool(2, !act.retryable);
      to.uint(3, act.retryAfterMs ?? 0);
      break;
    case "extend":
      break;
    case "release":
      to.uint(1, act.delayMs ?? 0);
      break;
    case "checkpoint":
      to.bytes(1, act.data);
      break;
    case "progress":
      to.signed(1, act.percent ?? -1);
      to.string(2, act.note);
      break;
  }
  to.closeSmall(start);
}

/** Of the oneof. */
const actFields = {
  complete: 3,
  fail: 4,
  extend: 5,
  release: 6,
  checkpoint: 7,
  progress: 8,
} as const satisfies Record<Act["type"], number>;

const tags = { id: 0x0a, token: 0x10, complete: 0x1a, result: 0x0a } as const;

/** What most acts are: an id, a token and a result. Null for any other, and for what only protobufjs can judge. */
export function readCompletion(from: PlainReader): Extract<Act, { readonly type: "complete" }> | null {
  if (from.tag() !== tags.id) return null;
  const id = from.name();
  if (!from.plain || from.tag() !== tags.token) return null;
  const token = from.uint();
  if (token < 0 || from.tag() !== tags.complete || from.section() !== from.end) return null;
  let result: Uint8Array = noBytes;
  if (from.more) {
    if (from.tag() !== tags.result) return null;
    result = from.window();
  }
  if (!from.plain || from.more) return null;
  return { type: "complete", id: JobId(id), token: FencingToken(token), result };
}

const noBytes = new Uint8Array(0);

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
