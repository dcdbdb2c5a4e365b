import { actResultToWire, acts } from "../../codec/api/acts.ts";
import { claimRequest } from "../../codec/api/claims.ts";
import type { WorkAnswer } from "../../codec/api/workMessages.ts";
import type { ActReply } from "../../generated/conclave/v1/ActReply.ts";
import type { ActRequest__Output } from "../../generated/conclave/v1/ActRequest.ts";
import type { ClaimReply } from "../../generated/conclave/v1/ClaimReply.ts";
import type { ClaimRequest__Output } from "../../generated/conclave/v1/ClaimRequest.ts";
import { bidirectional } from "./bidirectional.ts";
import { longPoll } from "./claim.ts";
import type { ServiceContext } from "./context.ts";
import { unary } from "./unary.ts";
import { type WorkerAsked, WorkStream } from "./workStream.ts";

/** The workers' service, `conclave.v1.Work`. */
export function workService(context: ServiceContext) {
  return {
    Stream: bidirectional<WorkerAsked, WorkAnswer>(context, (context, call) => {
      new WorkStream(context, call).open();
    }),

    Claim: unary<ClaimRequest__Output, ClaimReply>(context, (request, _bytes, call) =>
      longPoll(context, call, claimRequest(request)),
    ),

    Act: unary<ActRequest__Output, ActReply>(context, async (request, bytes) => {
      const asked = acts(request, bytes, context.sizes);
      const results = asked.length === 0 ? [] : await context.node.act(asked);
      return { requestId: request.requestId, results: results.map(actResultToWire) };
    }),
  };
}
