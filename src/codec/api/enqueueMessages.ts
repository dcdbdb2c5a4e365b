import type { EnqueueReply } from "../../generated/conclave/v1/EnqueueReply.ts";
import type { EnqueueRequest__Output } from "../../generated/conclave/v1/EnqueueRequest.ts";
import type { JobSpec__Output } from "../../generated/conclave/v1/JobSpec.ts";
import type * as machine from "../../machine/types.ts";
import { PlainReader } from "../../wire/reader.ts";
import { WireWriter } from "../../wire/writer.ts";
import { AlikeSpecs } from "../alikeSpecs.ts";
import { storedState } from "../jobEnums.ts";
import { messageType } from "../proto.ts";
import { enqueueResultToWire } from "./jobRequests.ts";
import { jobSpec } from "./jobSpec.ts";
import { loaderOptions } from "./loaderOptions.ts";

/** A request as it is read: jobs of the usual kind are checked already, but for the size of their payloads. */
export interface EnqueueAsked extends Pick<EnqueueRequest__Output, "requestId" | "atomic"> {
  readonly jobs: readonly (machine.JobSpec | JobSpec__Output)[];
}

/** An `EnqueueReply` that is still to be written. */
export interface EnqueueAnswer {
  readonly requestId: number;
  readonly results: readonly machine.EnqueueResult[];
}

const specType = messageType("JobSpec");
const tags = { requestId: 0x08, job: 0x12, atomic: 0x18 } as const;
/** The payload's size is a matter of this node's settings, which a kind of jobs knows nothing of. */
const anySize = { maxPayloadBytes: Number.MAX_SAFE_INTEGER } as const;

const specs = new AlikeSpecs((rest) => jobSpec("", decodeSpec(rest), anySize));

function decodeSpec(bytes: Buffer): JobSpec__Output {
  return specType.toObject(specType.decode(bytes), loaderOptions) as JobSpec__Output;
}

/** Null where protobufjs and the checks of each field have to say what it is, or what is wrong. */
export function readEnqueueRequest(bytes: Buffer): EnqueueAsked | null {
  const reader = new PlainReader(bytes);
  const jobs: (machine.JobSpec | JobSpec__Output)[] = [];
  let requestId = 0;
  let atomic = false;
  try {
    while (reader.more) {
      const tag = reader.tag();
      if (tag === tags.requestId) requestId = reader.uint();
      else if (tag === tags.atomic) atomic = reader.bool();
      else {
        const until = tag === tags.job ? reader.section() : reader.fail();
        if (until < 0) return null;
        const { at } = reader;
        jobs.push(specs.read(bytes, at, until) ?? decodeSpec(bytes.subarray(at, until)));
        reader.at = until;
      }
    }
  } catch {
    // It is said once more, of the whole.
    return null;
  }
  return reader.plain ? { requestId, atomic, jobs } : null;
}

const writer = new WireWriter();

/** Null when a job was refused: that is said by protobufjs. */
export function writeEnqueueAnswer({ requestId, results }: EnqueueAnswer): Buffer | null {
  writer.reset();
  writer.uint(1, requestId);
  for (const { id, state, existing, refusal } of results) {
    if (refusal !== undefined) return null;
    const start = writer.openSmall(2);
    writer.string(1, id);
    writer.uint(2, storedState.number(state));
    writer.bool(3, existing);
    writer.closeSmall(start);
  }
  return writer.take(0);
}

export function enqueueAnswerToWire({ requestId, results }: EnqueueAnswer): EnqueueReply {
  return { requestId, results: results.map(enqueueResultToWire) };
}
