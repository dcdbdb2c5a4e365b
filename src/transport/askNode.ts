import type { ServiceError } from "@grpc/grpc-js";
import { requireHostPort } from "../base/hostPort.ts";
import { callOnce } from "./channel.ts";
import { aborted, reach } from "./reach.ts";
import { errorOfCall } from "./status.ts";
import { defaultLimits } from "./types.ts";

/** One unary call to whoever listens at a peer address. Rejects with a ConclaveError. */
export async function askNode(
  address: string,
  method: "describe" | "join",
  request: Buffer,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  const endpoint = requireHostPort(address, "the address of a member to ask");
  const target = await reach(endpoint, options.timeoutMs, options.signal);
  try {
    return await callOnce(method, target, request, options, defaultLimits);
  } catch (error) {
    throw options.signal.aborted ? aborted() : errorOfCall(error as ServiceError);
  }
}
