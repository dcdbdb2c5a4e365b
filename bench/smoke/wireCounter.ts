import { Duplex } from "node:stream";

/** gRPC messages and their bytes, sent by either side. */
export interface WireCounts {
  messages: number;
  /** Of these, those too large to be a heartbeat, an acknowledgement or the like: they carry entries. */
  large: number;
  bytes: number;
}

interface Http2Stream {
  readonly session?: {
    readonly socket: { readonly localPort?: number; readonly remotePort?: number };
  };
}

const largeBytes = 250;

type Write = (this: Duplex, chunk: unknown, ...rest: unknown[]) => boolean;

/**
 * Counts, from now on and for the rest of this process, the messages on connections to servers of this process, by the
 * server's port. The gRPC library writes each message to its HTTP/2 stream at once and whole.
 */
export function countWire(): ReadonlyMap<number, WireCounts> {
  const counts = new Map<number, WireCounts>();
  const prototype = Duplex.prototype as unknown as { write: Write };
  const { write } = prototype;
  prototype.write = function (chunk, ...rest) {
    const port = serverPortOf(this);
    if (port !== undefined && chunk instanceof Uint8Array) {
      const count = counts.get(port) ?? { messages: 0, large: 0, bytes: 0 };
      counts.set(port, count);
      count.messages++;
      if (chunk.length >= largeBytes) count.large++;
      count.bytes += chunk.length;
    }
    return write.call(this, chunk, ...rest);
  };
  return counts;
}

/** Undefined for what is no HTTP/2 stream. */
function serverPortOf(stream: Duplex): number | undefined {
  const { name } = stream.constructor;
  if (name !== "ClientHttp2Stream" && name !== "ServerHttp2Stream") return undefined;
  const socket = (stream as unknown as Http2Stream).session?.socket;
  return name === "ClientHttp2Stream" ? socket?.remotePort : socket?.localPort;
}
