import type { Act__Output } from "../../generated/conclave/v1/Act.ts";
import type { ActRequest__Output } from "../../generated/conclave/v1/ActRequest.ts";
import type { WorkMessage } from "../../generated/conclave/v1/WorkMessage.ts";
import type * as machine from "../../machine/types.ts";
import { PlainReader } from "../../wire/reader.ts";
import { WireWriter } from "../../wire/writer.ts";
import { readCompletion } from "../act.ts";
import { storedPriority } from "../jobEnums.ts";
import { messageType } from "../proto.ts";
import { actResultToWire } from "./acts.ts";
import { claimedJobToWire } from "./claims.ts";
import { loaderOptions } from "./loaderOptions.ts";

/** Acts as they are read: completions are the machine's already, but for the bounds of their token and result. */
export interface ActsAsked extends Pick<ActRequest__Output, "requestId"> {
  readonly acts: readonly (machine.Act | Act__Output)[];
}

/** A `WorkMessage` that is still to be written, or one as it is. */
export type WorkAnswer =
  | WorkMessage
  | { readonly claimed: readonly machine.ClaimedJob[] }
  | { readonly acted: { readonly requestId: number; readonly results: readonly machine.ActResult[] } };

const types = {
  act: messageType("Act"),
  actResult: messageType("ActResult"),
  claimedJob: messageType("ClaimedJob"),
};
const tags = { acts: 0x1a, requestId: 0x08, act: 0x12 } as const;

/** The acts of a `WorkerMessage`; null for one of another kind, and for what protobufjs has to judge. */
export function readActs(bytes: Buffer): ActsAsked | null {
  const reader = new PlainReader(bytes);
  if (reader.tag() !== tags.acts || reader.section() !== bytes.length) return null;
  const inner = new PlainReader(bytes);
  const acts: (machine.Act | Act__Output)[] = [];
  let requestId = 0;
  try {
    while (reader.more) {
      const tag = reader.tag();
      if (tag === tags.requestId) requestId = reader.uint();
      else {
        const until = tag === tags.act ? reader.section() : reader.fail();
        if (until < 0) return null;
        const { at } = reader;
        acts.push(readCompletion(inner.to(at, until)) ?? decodeAct(bytes.subarray(at, until)));
        reader.at = until;
      }
    }
  } catch {
    // It is said once more, of the whole.
    return null;
  }
  return reader.plain ? { requestId, acts } : null;
}

function decodeAct(bytes: Buffer): Act__Output {
  return types.act.toObject(types.act.decode(bytes), loaderOptions) as Act__Output;
}

const writer = new WireWriter();

/** Null for a message that is written by protobufjs as it is. */
export function writeWorkAnswer(answer: WorkAnswer): Buffer | null {
  writer.reset();
  if ("claimed" in answer) {
    const start = writer.open(2);
    for (const job of answer.claimed) writeJob(writer, job);
    writer.close(start);
  } else if ("acted" in answer) {
    const { requestId, results } = answer.acted;
    const start = writer.open(3);
    writer.uint(1, requestId);
    for (const result of results) writeResult(writer, result);
    writer.close(start);
  } else return null;
  return writer.take(0);
}

function writeJob(to: WireWriter, job: machine.ClaimedJob): void {
  if (job.checkpoint !== undefined || job.dependencies !== undefined) {
    const message = types.claimedJob.fromObject(claimedJobToWire(job));
    to.bytes(1, types.claimedJob.encode(message).finish());
    return;
  }
  const start = to.open(1);
  to.string(1, job.id);
  to.string(2, job.queue);
  to.uint(3, storedPriority.number(job.priority));
  to.bytes(4, job.payload);
  to.string(5, job.agent);
  to.uint(6, job.token);
  to.uint(7, job.attempt);
  to.uint(8, job.maxAttempts);
  to.uint(9, job.leaseMs);
  to.uint(10, job.expiresAt);
  to.uint(13, job.attemptTimeoutMs ?? 0);
  if (job.tags !== undefined) for (const tag of job.tags) to.string(14, tag);
  to.string(15, job.key ?? "");
  to.close(start);
}

function writeResult(to: WireWriter, result: machine.ActResult): void {
  if (!result.ok) {
    const message = types.actResult.fromObject(actResultToWire(result));
    to.bytes(2, types.actResult.encode(message).finish());
    return;
  }
  const start = to.openSmall(2);
  if (result.type === "extend") {
    to.uint(2, result.expiresAt);
    to.bool(3, result.cancelRequested);
  } else if (result.type === "fail") to.uint(4, result.nextDueAt ?? 0);
  to.closeSmall(start);
}
