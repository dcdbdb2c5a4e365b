import { readFileSync } from "node:fs";
import type { Server as TcpServer } from "node:net";
import type { Server } from "@grpc/grpc-js";
import { assert } from "../../base/assert.ts";
import type { Logger } from "../../base/logger.ts";

/** Descriptors for everything but clients: HTTP and peers (256 connections each), the databases, the log. */
const reservedFiles = 640;
const mostConnections = 10_000;
const fewestConnections = 64;
const warnEveryMs = 10_000;

/** How many clients may be connected so that this process still has descriptors for its disk. */
export function affordableConnections(openFiles = openFilesLimit()): number {
  return Math.max(fewestConnections, Math.min(mostConnections, openFiles - reservedFiles));
}

/** A bound server takes no more connections than `most`; who is turned away finds the connection closed. */
export function limitConnections(server: Server, most: number, logger: Logger): void {
  // gRPC has no option for it.
  const listening: unknown = Reflect.get(server, "http2Servers");
  assert(
    listening instanceof Map && listening.size > 0,
    "a bound gRPC server has its HTTP/2 servers at hand",
  );
  let warnedAt = Number.NEGATIVE_INFINITY;
  for (const tcp of listening.keys() as Iterable<TcpServer>) {
    tcp.maxConnections = most;
    tcp.on("drop", () => {
      if (performance.now() - warnedAt < warnEveryMs) return;
      warnedAt = performance.now();
      logger.warn({ most }, "clients are turned away: as many are connected as this process has room for");
    });
  }
}

/** The soft limit of this process; where it cannot be read, that of a common Linux. */
function openFilesLimit(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return limit === null ? Number.POSITIVE_INFINITY : Number(limit[1]);
  } catch {
    // Not Linux.
    return 4096;
  }
}
