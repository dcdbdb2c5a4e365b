import type { ServerDuplexStream } from "@grpc/grpc-js";
import { enqueueResultToWire } from "../../codec/api/jobRequests.ts";
import { jobSpecs, requestId } from "../../codec/api/jobSpec.ts";
import type { EnqueueReply } from "../../generated/conclave/v1/EnqueueReply.ts";
import type { EnqueueRequest__Output } from "../../generated/conclave/v1/EnqueueRequest.ts";
import type { ServiceContext } from "./context.ts";
import { endsStream } from "./leadership.ts";
import { ReplyStream } from "./replyStream.ts";
import type { Received } from "./services.ts";
import { opened } from "./unary.ts";

type Call = ServerDuplexStream<Received<EnqueueRequest__Output>, EnqueueReply>;

/**
 * `Jobs.EnqueueStream`: each request is its own enqueue, refused or done as a whole. A refusal is answered in band;
 * one that all later requests would meet as well (NOT_LEADER and the like) then ends the stream with its status.
 */
export function enqueueStream(context: ServiceContext, call: Call): void {
  const leave = context.calls.add((reason) => stream.end(context.errors.status(reason, stream.path)));
  const stream = new ReplyStream<EnqueueRequest__Output, EnqueueReply>(call, context.streamLimits, leave);

  const enqueue = async (request: EnqueueRequest__Output, bytes: number): Promise<EnqueueReply> => {
    try {
      const jobs = jobSpecs(request, bytes, context.sizes);
      const results = jobs.length === 0 ? [] : await context.node.enqueue(jobs, request.atomic);
      return { requestId: request.requestId, results: results.map(enqueueResultToWire) };
    } catch (error) {
      if (endsStream(error)) stream.end(context.errors.status(error, stream.path));
      return { requestId: request.requestId, error: context.errors.detail(error, stream.path) };
    }
  };

  call.on("data", (received: Received<EnqueueRequest__Output>) => {
    if (stream.ending) return;
    try {
      const { message, bytes } = opened(received);
      requestId(message.requestId);
      stream.run(bytes, () => enqueue(message, bytes));
    } catch (error) {
      stream.end(context.errors.status(error, stream.path));
    }
  });
  call.on("end", () => stream.end(null));
}
