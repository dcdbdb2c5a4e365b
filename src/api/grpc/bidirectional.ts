import type { handleBidiStreamingCall, ServerDuplexStream } from "@grpc/grpc-js";
import { checkAddressee } from "./addressee.ts";
import type { ServiceContext } from "./context.ts";
import type { Received } from "./services.ts";

/** A bidirectional method; what `open` throws at the start becomes the stream's status. */
export function bidirectional<Request, Reply>(
  context: ServiceContext,
  open: (context: ServiceContext, call: ServerDuplexStream<Received<Request>, Reply>) => void,
): handleBidiStreamingCall<Received<Request>, Reply> {
  return (call) => {
    try {
      checkAddressee(context, call);
      open(context, call);
    } catch (error) {
      call.emit("error", context.errors.status(error, call.getPath()));
    }
  };
}
