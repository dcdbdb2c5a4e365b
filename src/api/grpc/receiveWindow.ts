import type { Http2Server, ServerHttp2Session } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import { assert } from "../../base/assert.ts";

/** What a client may have under way to us: some requests of a thousand jobs, one behind the other. */
const receiveWindowBytes = 2 * 1024 * 1024;

/**
 * HTTP/2 starts with windows of 64 KiB: a request of 1000 jobs (300 KB) then needs five round trips through two busy event
 * loops, and wakes both for each. gRPC has no option for a server's windows.
 */
export function widenReceiveWindows(server: Server): void {
  const listening: unknown = Reflect.get(server, "http2Servers");
  assert(listening instanceof Map, "a bound gRPC server has its HTTP/2 servers at hand");
  for (const http2 of listening.keys() as Iterable<Http2Server>) {
    http2.on("session", (session: ServerHttp2Session) => {
      session.settings({ initialWindowSize: receiveWindowBytes });
      session.setLocalWindowSize(receiveWindowBytes);
    });
  }
}
