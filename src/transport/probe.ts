import { connect, isIPv6 } from "node:net";
import type { HostPort } from "../base/hostPort.ts";

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
  const socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true });
  socket.once("connect", () => {
    const host = socket.remoteAddress;
    socket.destroy();
    onResult(
      host === undefined
        ? { type: "failed", reason: "the connection was reset at once" }
        : { type: "listening", address: { host, port: endpoint.port } },
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
