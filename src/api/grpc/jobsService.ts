import type { EnqueueAnswer, EnqueueAsked } from "../../codec/api/enqueueMessages.ts";
import { isStale } from "../../codec/api/enums.ts";
import { jobToWire } from "../../codec/api/job.ts";
import { jobId } from "../../codec/api/jobId.ts";
import { cancellation, cancelReply, listing, statsReply, waiting } from "../../codec/api/jobRequests.ts";
import { jobSpecs } from "../../codec/api/jobSpec.ts";
import type { CancelReply } from "../../generated/conclave/v1/CancelReply.ts";
import type { CancelRequest__Output } from "../../generated/conclave/v1/CancelRequest.ts";
import type { GetReply } from "../../generated/conclave/v1/GetReply.ts";
import type { GetRequest__Output } from "../../generated/conclave/v1/GetRequest.ts";
import type { ListReply } from "../../generated/conclave/v1/ListReply.ts";
import type { ListRequest__Output } from "../../generated/conclave/v1/ListRequest.ts";
import type { StatsReply } from "../../generated/conclave/v1/StatsReply.ts";
import type { StatsRequest__Output } from "../../generated/conclave/v1/StatsRequest.ts";
import type { WaitReply } from "../../generated/conclave/v1/WaitReply.ts";
import type { WaitRequest__Output } from "../../generated/conclave/v1/WaitRequest.ts";
import type { WaitStreamReply } from "../../generated/conclave/v1/WaitStreamReply.ts";
import type { WaitStreamRequest__Output } from "../../generated/conclave/v1/WaitStreamRequest.ts";
import { bidirectional } from "./bidirectional.ts";
import type { ServiceContext } from "./context.ts";
import { enqueueStream } from "./enqueueStream.ts";
import { listJobs } from "./listJobs.ts";
import { readable } from "./standing.ts";
import { unary } from "./unary.ts";
import { noSuchJob, wait } from "./wait.ts";
import { WaitStream } from "./waitStream.ts";

/** The producers' service, `conclave.v1.Jobs`. */
export function jobsService(context: ServiceContext) {
  const { node, sizes } = context;
  return {
    Enqueue: unary<EnqueueAsked, EnqueueAnswer>(context, async (request, bytes) => {
      const jobs = jobSpecs(request, bytes, sizes);
      const results = jobs.length === 0 ? [] : await node.enqueue(jobs, request.atomic);
      return { requestId: request.requestId, results };
    }),

    EnqueueStream: bidirectional(context, enqueueStream),

    Get: unary<GetRequest__Output, GetReply>(context, async (request) => {
      const id = jobId("id", request.id);
      await readable(node, isStale("consistency", request.consistency));
      const job = node.state.job(id);
      if (job === undefined) throw noSuchJob(id);
      return { job: jobToWire(job) };
    }),

    Wait: unary<WaitRequest__Output, WaitReply>(context, (request, _bytes, call) =>
      wait(context, call, waiting(request)),
    ),

    WaitStream: bidirectional<WaitStreamRequest__Output, WaitStreamReply>(context, (context, call) => {
      new WaitStream(context, call).open();
    }),

    List: unary<ListRequest__Output, ListReply>(context, async (request) => {
      const filter = listing(request);
      await readable(node, isStale("consistency", request.consistency));
      return await listJobs(node.state, filter);
    }),

    Cancel: unary<CancelRequest__Output, CancelReply>(context, async (request, bytes) => {
      const { ids, reason } = cancellation(request, bytes, sizes);
      return cancelReply(ids.length === 0 ? [] : await node.cancel(ids, reason));
    }),

    Stats: unary<StatsRequest__Output, StatsReply>(context, async (request) => {
      await readable(node, isStale("consistency", request.consistency));
      return statsReply(node.state);
    }),
  };
}
