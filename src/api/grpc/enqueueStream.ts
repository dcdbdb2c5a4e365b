import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { EnqueueAnswer, EnqueueAsked } from "../../codec/api/enqueueMessages.ts";
import { jobSpecs, requestId } from "../../codec/api/jobSpec.ts";
import type { EnqueueReply } from "../../generated/conclave/v1/EnqueueReply.ts";
import type { ServiceContext } from "./context.ts";
import { endsStream } from "./leadership.ts";
import { ReplyStream } from "./replyStream.ts";
import type { Received } from "./services.ts";
import { opened } from "./unary.ts";

type Call = ServerDuplexStream<Received<EnqueueAsked>, EnqueueReply | EnqueueAnswer>;

/**
 * `Jobs.EnqueueStream`: each request is its own enqueue, refused or done as a whole. A refusal is answered in band;
 * one that all later requests would meet as well (NOT_LEADER and the like) then ends the stream with its status.
 */
export function enqueueStream(context: ServiceContext, call: Call): void {
  const leave = context.calls.add((reason) => stream.end(context.errors.status(reason, stream.path)));
  const stream = new ReplyStream<EnqueueAsked, EnqueueReply | EnqueueAnswer>(
    call,
    context.streamLimits,
    leave,
  );

  const enqueue = async (request: EnqueueAsked, bytes: number): Promise<EnqueueReply | EnqueueAnswer> => {
    try {
      const jobs = jobSpecs(request, bytes, context.sizes);
      const results = jobs.length === 0 ? [] : await context.node.enqueue(jobs, request.atomic);
      return { requestId: request.requestId, results };
    } catch (error) {
      if (endsStream(error)) stream.end(context.errors.status(error, stream.path));
      return { requestId: request.requestId, error: context.errors.detail(error, stream.path) };
    }
  };

  call.on("data", (received: Received<EnqueueAsked>) => {
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
