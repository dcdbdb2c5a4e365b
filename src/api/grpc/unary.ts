import type { handleUnaryCall, ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { ConclaveError } from "../../base/errors.ts";
import { checkAddressee } from "./addressee.ts";
import type { ServiceContext } from "./context.ts";
import type { Received } from "./services.ts";

type Call<Request, Reply> = ServerUnaryCall<Received<Request>, Reply>;

/** A unary method from a function that resolves to the reply or rejects with what was wrong. */
export function unary<Request, Reply>(
  context: ServiceContext,
  handle: (request: Request, bytes: number, call: Call<Request, Reply>) => Reply | Promise<Reply>,
): handleUnaryCall<Received<Request>, Reply> {
  const answer = async (call: Call<Request, Reply>, callback: sendUnaryData<Reply>): Promise<void> => {
    try {
      context.calls.check();
      checkAddressee(context, call);
      const { message, bytes } = opened(call.request);
      callback(null, await handle(message, bytes, call));
    } catch (error) {
      callback(context.errors.status(error, call.getPath()));
    }
  };
  return (call, callback) => void answer(call, callback);
}

/** Throws INVALID_ARGUMENT for bytes that are no message of the method's type. */
export function opened<Request>(
  received: Received<Request>,
): Extract<Received<Request>, { readonly bytes: number }> {
  if ("malformed" in received) {
    throw new ConclaveError(
      "INVALID_ARGUMENT",
      `the request is not the method's message (${received.malformed}); build the client from proto/conclave/v1`,
    );
  }
  return received;
}
