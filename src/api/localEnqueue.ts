import { jobSpecs } from "../codec/api/jobSpec.ts";
import { defaultSizes, type SizeLimits } from "../codec/api/limits.ts";
import type { EnqueueRequest, EnqueueRequest__Output } from "../generated/conclave/v1/EnqueueRequest.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import type { EnqueueResult } from "../machine/types.ts";
import type { NodeService } from "../node/service.ts";
import { type Received, serviceDefinition } from "./grpc/services.ts";
import { opened } from "./grpc/unary.ts";

/**
 * Enqueues from within the node's own process what a client would send, by the same checks, defaults and bounds: it goes
 * through the same bytes. Rejects as `NodeService.enqueue` does, and with INVALID_ARGUMENT and PAYLOAD_TOO_LARGE.
 */
export function localEnqueue(
  node: NodeService,
  sizes: SizeLimits = defaultSizes,
): (jobs: readonly JobSpec[]) => Promise<readonly EnqueueResult[]> {
  const method = serviceDefinition("Jobs")["Enqueue"];
  if (method === undefined) throw new Error("the service Jobs has no method Enqueue");
  return async (jobs) => {
    const request: EnqueueRequest = { jobs: [...jobs] };
    const received = method.requestDeserialize(
      method.requestSerialize(request),
    ) as Received<EnqueueRequest__Output>;
    const { message, bytes } = opened(received);
    const specs = jobSpecs(message, bytes, sizes);
    return specs.length === 0 ? [] : await node.enqueue(specs);
  };
}
