import { ConclaveError } from "../base/errors.ts";
import type { EnqueueAsked } from "../codec/api/enqueueMessages.ts";
import { jobSpecs } from "../codec/api/jobSpec.ts";
import { defaultSizes, type SizeLimits } from "../codec/api/limits.ts";
import type { EnqueueRequest } from "../generated/conclave/v1/EnqueueRequest.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { NodeService } from "../node/service.ts";
import { type Received, serviceDefinition } from "./grpc/services.ts";
import { opened } from "./grpc/unary.ts";

/** What became of one job; nothing, with an `error`. */
export interface LocallyEnqueued {
  readonly id: string;
  readonly existing: boolean;
  readonly error: ConclaveError | undefined;
}

/**
 * Enqueues from within the node's own process what a client would send, by the same checks, defaults and bounds: it goes
 * through the same bytes. Rejects as `NodeService.enqueue` does, and with INVALID_ARGUMENT and PAYLOAD_TOO_LARGE.
 */
export function localEnqueue(
  node: NodeService,
  sizes: SizeLimits = defaultSizes,
): (jobs: readonly JobSpec[]) => Promise<readonly LocallyEnqueued[]> {
  const method = serviceDefinition("Jobs")["Enqueue"];
  if (method === undefined) throw new Error("the service Jobs has no method Enqueue");
  return async (jobs) => {
    const request: EnqueueRequest = { jobs: [...jobs] };
    const received = method.requestDeserialize(method.requestSerialize(request)) as Received<EnqueueAsked>;
    const { message, bytes } = opened(received);
    const specs = jobSpecs(message, bytes, sizes);
    const results = specs.length === 0 ? [] : await node.enqueue(specs);
    return results.map(({ id, existing, refusal }) => ({
      id,
      existing,
      error: refusal === undefined ? undefined : new ConclaveError(refusal.code, refusal.message),
    }));
  };
}
