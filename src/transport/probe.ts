import type { LookupAddress } from "node:dns";
import { connect, isIP, isIPv6, type LookupFunction } from "node:net";
import type { HostPort } from "../base/hostPort.ts";
import { hostLookups } from "./hostLookups.ts";

export type ProbeResult =
  /** `address` is the one of the host's addresses that answered. */
  | { readonly type: "listening"; readonly address: HostPort }
  /** The host answered that nobody listens on the port (at any of its addresses). */
  | { readonly type: "refused" }
  | { readonly type: "failed"; readonly reason: string };

/**
 * Connects and hangs up. gRPC reports a failed connection as text and leaves an unanswered one to the kernel,
 * for minutes; here the error has a code, and the returned function gives up at once. Unless it is called,
 * `onResult` is, once, from a later turn of the event loop.
 */
export function probe(endpoint: HostPort, onResult: (result: ProbeResult) => void): () => void {
  const { host } = endpoint;
  // An address needs no lookup.
  if (isIP(host) !== 0) return attempt(endpoint, [], onResult);
  let giveUp = hostLookups.find(host, (found) => {
    if (found.type === "failed") return onResult({ type: "failed", reason: found.error.message });
    giveUp = attempt(endpoint, found.addresses, (result) => {
      // Only of where the peer is now it tells that its process is gone.
      if (result.type === "refused" && !found.current) {
        return onResult({
          type: "failed",
          reason: `${host} is still being looked up, and has left its address`,
        });
      }
      onResult(result);
    });
  });
  return () => giveUp();
}

/** Connects to the first of the host's addresses that answers. */
function attempt(
  { host, port }: HostPort,
  addresses: readonly LookupAddress[],
  onResult: (result: ProbeResult) => void,
): () => void {
  const [first] = addresses;
  const lookup: LookupFunction = (_host, { all }, found) => {
    if (all === true) found(null, [...addresses]);
    else found(null, first?.address ?? "", first?.family);
  };
  const socket = connect({ host, port, noDelay: true, lookup });
  socket.once("connect", () => {
    const host = socket.remoteAddress;
    socket.destroy();
    onResult(
      host === undefined
        ? { type: "failed", reason: "the connection was reset at once" }
        : { type: "listening", address: { host, port } },
    );
  });
  socket.once("error", (error) => {
    onResult(isRefusal(error) ? { type: "refused" } : { type: "failed", reason: describe(error) });
  });
  return () => {
    socket.removeAllListeners("connect").removeAllListeners("error");
    // An error that is already on its way must not become an uncaught one.
    socket.on("error", () => undefined);
    socket.destroy();
  };
}

/** The target for gRPC: an address needs no resolver, and is the one that has just answered. */
export function grpcTarget({ host, port }: HostPort): string {
  return isIPv6(host) ? `ipv6:[${host}]:${port}` : `ipv4:${host}:${port}`;
}

function isRefusal(error: Error): boolean {
  if (error instanceof AggregateError)
    return error.errors.every((each) => each instanceof Error && isRefusal(each));
  return "code" in error && error.code === "ECONNREFUSED";
}

function describe(error: Error): string {
  if (error instanceof AggregateError) {
    return error.errors.map((each) => (each instanceof Error ? describe(each) : String(each))).join("; ");
  }
  return error.message;
}
