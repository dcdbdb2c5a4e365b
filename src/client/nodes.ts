import type { ClientUnaryCall, CallOptions as GrpcCallOptions, requestCallback } from "@grpc/grpc-js";
import { Channel, type ChannelOptions, connectivityState, credentials, Metadata } from "@grpc/grpc-js";
import { ConclaveError } from "../base/errors.ts";
import type { ClusterClient } from "../generated/conclave/v1/Cluster.ts";
import type { JobsClient } from "../generated/conclave/v1/Jobs.ts";
import type { ManageClient } from "../generated/conclave/v1/Manage.ts";
import type { SchedulesClient } from "../generated/conclave/v1/Schedules.ts";
import type { WorkClient } from "../generated/conclave/v1/Work.ts";
import { aborted } from "./budget.ts";
import { protocol } from "./protocol.ts";
import { onAbort } from "./signals.ts";
import { fromGrpc } from "./wireErrors.ts";

const channelOptions: ChannelOptions = {
  // One connection per cluster handle: closing the handle closes it.
  "grpc.use_local_subchannel_pool": 1,
  // Retries are ours: only we know what may be sent twice.
  "grpc.enable_retries": 0,
  // Nor may it keep what was sent for a retry that will not come: it would report a write as done before it is.
  "grpc.per_rpc_retry_buffer_size": 0,
  "grpc.retry_buffer_size": 0,
  "grpc.service_config_disable_resolution": 1,
  // A peer that vanished without a word (power, SIGSTOP, cable) is noticed within ten seconds.
  "grpc.keepalive_time_ms": 5_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.min_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 1_000,
  // A batch of claimed jobs may hold many payloads of 256 KiB.
  "grpc.max_receive_message_length": 64 * 1024 * 1024,
  // With HTTP/2's own 64 KiB a message of a thousand jobs needs five round trips through two busy event loops.
  "grpc-node.flow_control_window": 2 * 1024 * 1024,
};

export interface UnaryOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * gRPC refuses deadlines beyond 11,000 years by a throw that nobody can catch, and a server's timer overflows after 24.8 days, which ends
 * the call at once: a call that may take longer than this gets so long.
 */
const longestCallMs = 24 * 86_400_000;

type Invoke<Reply> = (
  metadata: Metadata,
  options: GrpcCallOptions,
  callback: requestCallback<Reply>,
) => ClientUnaryCall;

/** Which cluster a call is meant for: a node of another one refuses it. */
const clusterHeader = "conclave-cluster-id";

/** What goes with a call to a node of that cluster; empty: of any. */
export function meantFor(clusterId: string): Metadata {
  const metadata = new Metadata();
  if (clusterId !== "") metadata.set(clusterHeader, clusterId);
  return metadata;
}

/** One server, to all that talk to it. */
export interface Node {
  readonly address: string;
  /** These throw SHUTTING_DOWN once it was closed. */
  readonly jobs: JobsClient;
  readonly work: WorkClient;
  readonly cluster: ClusterClient;
  readonly schedules: SchedulesClient;
  readonly manage: ManageClient;
  readonly connected: boolean;
  /** For each call to it, also those that last: which cluster it is meant for. */
  metadata(): Metadata;
  /** Resolves once the connection stands; rejects with UNAVAILABLE as soon as an attempt fails. Nothing is sent. */
  connect(timeoutMs: number): Promise<void>;
  /** One call. Rejects with what the server said, ABORTED, DEADLINE_EXCEEDED, or SHUTTING_DOWN. */
  call<Reply>(invoke: Invoke<Reply>, options: UnaryOptions): Promise<Reply>;
  close(): void;
}

/** A channel, shared by all calls over it. */
class Link {
  readonly channel: Channel;
  readonly jobs: JobsClient;
  readonly work: WorkClient;
  readonly cluster: ClusterClient;
  readonly schedules: SchedulesClient;
  readonly manage: ManageClient;

  constructor(address: string) {
    const plain = credentials.createInsecure();
    this.channel = new Channel(address, plain, channelOptions);
    const shared = { channelOverride: this.channel };
    this.jobs = new protocol.Jobs(address, plain, shared);
    this.work = new protocol.Work(address, plain, shared);
    this.cluster = new protocol.Cluster(address, plain, shared);
    this.schedules = new protocol.Schedules(address, plain, shared);
    this.manage = new protocol.Manage(address, plain, shared);
  }

  get state(): connectivityState {
    return this.channel.getConnectivityState(false);
  }
}

class GrpcNode implements Node {
  readonly address: string;
  readonly #clusterId: () => string;
  #link: Link;
  #closed = false;

  /** `clusterId`: empty until it is known. */
  constructor(address: string, clusterId: () => string) {
    this.address = address;
    this.#clusterId = clusterId;
    this.#link = new Link(address);
  }

  get jobs(): JobsClient {
    return this.#open.jobs;
  }

  get work(): WorkClient {
    return this.#open.work;
  }

  get cluster(): ClusterClient {
    return this.#open.cluster;
  }

  get schedules(): SchedulesClient {
    return this.#open.schedules;
  }

  get manage(): ManageClient {
    return this.#open.manage;
  }

  /** gRPC throws what means nothing to users when a call begins on a channel that was closed. */
  get #open(): Link {
    if (!this.#closed) return this.#link;
    throw new ConclaveError("SHUTTING_DOWN", `${this.address}: this cluster handle is closed; connect anew`);
  }

  get connected(): boolean {
    return !this.#closed && this.#link.state === connectivityState.READY;
  }

  metadata(): Metadata {
    return meantFor(this.#clusterId());
  }

  async connect(timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    if (!this.#closed && this.#link.state === connectivityState.TRANSIENT_FAILURE) this.#renew();
    while (!this.#closed) {
      const state = this.#link.channel.getConnectivityState(true);
      if (state === connectivityState.READY) return;
      if (state === connectivityState.TRANSIENT_FAILURE) break;
      if (!(await this.#changed(state, until))) break;
    }
    throw new ConclaveError("UNAVAILABLE", `${this.address}: no connection; is a node listening there?`);
  }

  call<Reply>(invoke: Invoke<Reply>, { timeoutMs, signal }: UnaryOptions): Promise<Reply> {
    if (signal?.aborted === true) return Promise.reject(aborted(signal));
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + Math.min(timeoutMs, longestCallMs);
      const call = invoke(this.metadata(), { deadline }, (error, reply) => {
        unlisten();
        if (error === null && reply !== undefined) resolve(reply);
        else if (signal?.aborted === true) reject(aborted(signal));
        else if (error !== null) reject(fromGrpc(error, this.address));
        else reject(new ConclaveError("INTERNAL", `${this.address} answered with neither reply nor error`));
      });
      const unlisten = onAbort(signal, () => call.cancel());
    });
  }

  close(): void {
    this.#closed = true;
    this.#link.channel.close();
  }

  /**
   * After failures gRPC leaves an address alone, for up to a second. Whoever asks for a connection has heard a reason (it
   * leads), waits between tries by itself, and must not lose that second when a node is back just in time to be elected.
   */
  #renew(): void {
    this.#link.channel.close();
    this.#link = new Link(this.address);
  }

  #changed(from: connectivityState, until: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#link.channel.watchConnectivityState(from, until, (late) => resolve(late === undefined));
    });
  }
}

/** `clusterId`: of the cluster that calls are meant for; empty until it is known. */
type MakeNode = (address: string, clusterId: () => string) => Node;

/** The open connections, one per address. */
export class Nodes {
  readonly #make: MakeNode;
  readonly #byAddress = new Map<string, Node>();
  /** The cluster that all calls are meant for; empty until it is known. */
  clusterId: () => string = () => "";

  constructor(make: MakeNode = (address, clusterId) => new GrpcNode(address, clusterId)) {
    this.#make = make;
  }

  at(address: string): Node {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const node = this.#make(address, () => this.clusterId());
    this.#byAddress.set(address, node);
    return node;
  }

  close(): void {
    for (const node of this.#byAddress.values()) node.close();
    this.#byAddress.clear();
  }
}
