import type { Socket } from "node:net";
import {
  ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  Metadata,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { defaultTimings, type TransportLimits, type TransportTimings } from "./types.ts";

/** Frames are encoded and decoded by codec/peer.ts, where their sizes and faults can be dealt with. */
const asIs = (bytes: Buffer): Buffer => bytes;

const bytesOnly = {
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
} as const;

/** service Peer of peer.proto, with the messages left as bytes. */
export const peerService = {
  stream: { path: "/conclave.v1.Peer/Stream", requestStream: true, responseStream: true, ...bytesOnly },
  snapshot: { path: "/conclave.v1.Peer/Snapshot", requestStream: true, responseStream: true, ...bytesOnly },
  describe: { path: "/conclave.v1.Peer/Describe", requestStream: false, responseStream: false, ...bytesOnly },
  join: { path: "/conclave.v1.Peer/Join", requestStream: false, responseStream: false, ...bytesOnly },
} as const satisfies ServiceDefinition;

type PeerCall = ClientDuplexStream<Buffer, Buffer>;

/** One connection with one stream, used once: every redial begins with a fresh one, free of gRPC's own backoff. */
export interface PeerChannel {
  readonly call: PeerCall;
  /** Cuts the stream and the connection at once, whatever state they are in. */
  destroy(): void;
}

export function openChannel(
  method: "stream" | "snapshot",
  target: string,
  timings: TransportTimings,
  limits: TransportLimits,
): PeerChannel {
  const { client, destroy } = openClient(target, timings, limits);
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(
    peerService[method].path,
    asIs,
    asIs,
    new Metadata(),
  );
  return {
    call,
    destroy: () => {
      call.cancel();
      destroy();
    },
  };
}

/** One call with one answer, on a connection of its own. Rejects with gRPC's ServiceError. */
export function callOnce(
  method: "describe" | "join",
  target: string,
  request: Buffer,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  limits: TransportLimits,
): Promise<Buffer> {
  const { client, destroy } = openClient(target, defaultTimings, limits);
  const answer = new Promise<Buffer>((resolve, reject) => {
    const deadline = Date.now() + options.timeoutMs;
    const call = client.makeUnaryRequest<Buffer, Buffer>(
      peerService[method].path,
      asIs,
      asIs,
      request,
      new Metadata(),
      { deadline },
      (error, value) => {
        options.signal.removeEventListener("abort", cancel);
        if (error !== null) reject(error);
        else resolve(value ?? Buffer.alloc(0));
      },
    );
    const cancel = (): void => call.cancel();
    options.signal.addEventListener("abort", cancel);
    if (options.signal.aborted) cancel();
  });
  return answer.finally(destroy);
}

interface OwnClient {
  readonly client: Client;
  readonly destroy: () => void;
}

function openClient(target: string, timings: TransportTimings, limits: TransportLimits): OwnClient {
  const sockets = new Set<Socket>();
  const client = new Client(target, new PlaintextCredentials(sockets), clientOptions(timings, limits));
  return {
    client,
    destroy: () => {
      client.close();
      // Closing a client leaves a connection open that never answered; later, so that the reset goes out first.
      setImmediate(() => {
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

function clientOptions(timings: TransportTimings, limits: TransportLimits): ChannelOptions {
  return {
    ...commonOptions(timings, limits),
    // A shared pool would hand a redial the broken connection and its backoff.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
    // No retries, and no buffer for them: it would report messages as written before they are, which would
    // make the bound on the queue a lie, and is copied anew for every message (measured: 78 us each).
    "grpc.enable_retries": 0,
    "grpc.retry_buffer_size": 0,
    "grpc.per_rpc_retry_buffer_size": 0,
  };
}

export function serverOptions(timings: TransportTimings, limits: TransportLimits): ChannelOptions {
  return {
    ...commonOptions(timings, limits),
    // Whoever has dialled asks often whether the connection still stands, and dials anew when it does not; our side only
    // has to let go of it some time.
    "grpc.keepalive_time_ms": 10 * timings.keepaliveTimeMs,
    "grpc.max_concurrent_streams": 8,
    // Connections without a stream come from no peer of ours.
    "grpc.max_connection_idle_ms": 10_000,
  };
}

function commonOptions(timings: TransportTimings, limits: TransportLimits): ChannelOptions {
  return {
    "grpc.keepalive_time_ms": timings.keepaliveTimeMs,
    "grpc.keepalive_timeout_ms": timings.keepaliveTimeoutMs,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.max_send_message_length": limits.maxMessageBytes,
    "grpc.max_receive_message_length": limits.maxMessageBytes,
    "grpc.enable_channelz": 0,
  };
}

type ConnectorFactory = ChannelCredentials["_createSecureConnector"];

/** Plaintext, and it keeps hold of the sockets: gRPC offers no way to drop one that is stuck. */
class PlaintextCredentials extends ChannelCredentials {
  readonly #sockets: Set<Socket>;
  readonly #plain = ChannelCredentials.createInsecure();

  constructor(sockets: Set<Socket>) {
    super();
    this.#sockets = sockets;
  }

  override _isSecure(): boolean {
    return false;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(...args: Parameters<ConnectorFactory>): ReturnType<ConnectorFactory> {
    const connector = this.#plain._createSecureConnector(...args);
    return {
      ...connector,
      connect: (socket) => {
        this.#sockets.add(socket);
        socket.once("close", () => this.#sockets.delete(socket));
        return connector.connect(socket);
      },
    };
  }
}
