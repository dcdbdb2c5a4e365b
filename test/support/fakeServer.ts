import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerErrorResponse,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { type ErrorCode, errorCatalogue } from "../../src/base/errors.ts";
import { protocol } from "../../src/client/protocol.ts";
import type { BackupPart } from "../../src/generated/conclave/v1/BackupPart.ts";
import type { BackupRequest__Output } from "../../src/generated/conclave/v1/BackupRequest.ts";
import type { ChangeMembershipRequest__Output } from "../../src/generated/conclave/v1/ChangeMembershipRequest.ts";
import type { ClusterHandlers } from "../../src/generated/conclave/v1/Cluster.ts";
import type { Consistency } from "../../src/generated/conclave/v1/Consistency.ts";
import type { EnqueueReply } from "../../src/generated/conclave/v1/EnqueueReply.ts";
import type { EnqueueRequest__Output } from "../../src/generated/conclave/v1/EnqueueRequest.ts";
import type { ErrorDetail } from "../../src/generated/conclave/v1/ErrorDetail.ts";
import type { JobsHandlers } from "../../src/generated/conclave/v1/Jobs.ts";
import type { NodeStatus } from "../../src/generated/conclave/v1/NodeStatus.ts";
import type { WaitStreamReply } from "../../src/generated/conclave/v1/WaitStreamReply.ts";
import type { WaitStreamRequest__Output } from "../../src/generated/conclave/v1/WaitStreamRequest.ts";
import type { WorkHandlers } from "../../src/generated/conclave/v1/Work.ts";
import type { WorkerMessage__Output } from "../../src/generated/conclave/v1/WorkerMessage.ts";
import type { WorkMessage } from "../../src/generated/conclave/v1/WorkMessage.ts";
import { FakeState } from "./fakeState.ts";
import { FakeWorkStream } from "./fakeWorkStream.ts";

type EnqueueCall = ServerDuplexStream<EnqueueRequest__Output, EnqueueReply>;

export function detail(code: ErrorCode, message: string, rest: ErrorDetail = {}): ErrorDetail {
  return { code, message, retryable: errorCatalogue[code].retryable, ...rest };
}

function afterTurns(turns: number, act: () => void): void {
  if (turns === 0) act();
  else setImmediate(() => afterTurns(turns - 1, act));
}

/** What a server of ours sends for a failed call. */
export function statusWith(
  error: ErrorDetail,
  code: status = status.FAILED_PRECONDITION,
): ServerErrorResponse {
  const metadata = new Metadata();
  const value = protocol.ErrorDetail.serialize(error);
  const details = [{ typeUrl: "type.googleapis.com/conclave.v1.ErrorDetail", value }];
  metadata.set("grpc-status-details-bin", protocol.RpcStatus.serialize({ code, message: "", details }));
  return Object.assign(new Error(error.message), { code, details: error.message ?? "", metadata });
}

/**
 * Real gRPC servers on loopback that play a cluster: one state for all nodes, leadership by decree. What a
 * node does wrong is switched on its fields.
 */
export class FakeCluster implements AsyncDisposable {
  readonly nodes: readonly FakeNode[];
  readonly state = new FakeState();
  term = 1;
  /** What the nodes say in their status besides. */
  status: Partial<NodeStatus> = {};
  readonly memberChanges: ChangeMembershipRequest__Output[] = [];
  /** New workers are handed the enqueued jobs without more ado. */
  feeding = false;
  #leader: FakeNode | undefined;

  private constructor(count: number) {
    this.nodes = Array.from({ length: count }, (_, index) => new FakeNode(this, `n${index + 1}`));
  }

  /** Node n1 leads. */
  static async start(count = 3): Promise<FakeCluster> {
    const cluster = new FakeCluster(count);
    for (const node of cluster.nodes) await node.start();
    cluster.#leader = cluster.node(1);
    return cluster;
  }

  get leader(): FakeNode | undefined {
    return this.#leader;
  }

  get endpoints(): readonly string[] {
    return this.nodes.map((node) => node.address);
  }

  /** Counted from 1, as the ids are. */
  node(number: number): FakeNode {
    const found = this.nodes[number - 1];
    if (found === undefined) throw new Error(`the fake cluster has no node ${number}`);
    return found;
  }

  /** Makes a node the leader of a new term (undefined: nobody leads); the old leader's streams end. */
  elect(next: FakeNode | undefined): void {
    const old = this.#leader;
    this.#leader = next;
    this.term++;
    if (old !== next) old?.endStreams(this.notLeader(old));
  }

  notLeader(node: FakeNode): ErrorDetail {
    const leader = this.#leader;
    if (leader === undefined) return detail("NO_LEADER", `${node.id}: no leader is known`);
    const hint = node.hints ? { leaderId: leader.id, leaderAddress: leader.advertised } : {};
    return detail("NOT_LEADER", `${node.id} is not the leader`, hint);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) node.kill();
  }
}

export class FakeNode {
  readonly id: string;
  address = "";
  /** What it and the others tell clients; by default its true address. */
  advertised = "";
  /** Refusals name the leader. */
  hints = true;
  /** `hang`: reads requests and never answers. `swallow`: enqueues, and breaks the stream instead of answering. */
  enqueues: "answer" | "hang" | "swallow" = "answer";
  acts: "answer" | "hang" = "answer";
  /** Unary calls and Status: false leaves them without an answer. */
  answers = true;
  /** Refuses the next enqueue or act requests on streams, or unary calls, one each; undefined lets one pass. */
  readonly refusals: (ErrorDetail | undefined)[] = [];
  /** Followers answer linearizable reads; false plays a release before that. */
  followerReads = true;
  /** What it says of itself besides. */
  status: Partial<NodeStatus> = {};
  /** So many turns of the event loop pass before it tells its status. */
  statusTurns = 0;
  /** How often it was asked for its status, and how often for one that its leader confirms. */
  statuses = 0;
  linearizableStatuses = 0;
  /** How it serves a backup that it does not refuse. */
  backup: (call: ServerWritableStream<BackupRequest__Output, BackupPart>) => void = (call) => call.end();
  /** Refuses whatever enqueue request holds this id. */
  poison: string | undefined;
  readonly requests: EnqueueRequest__Output[] = [];
  /** Ids that it was asked to wait for, and the streams on which it was. */
  readonly waited: string[] = [];
  readonly forgotten: string[] = [];
  readonly waitStreams: ServerDuplexStream<WaitStreamRequest__Output, WaitStreamReply>[] = [];
  readonly unaryCalls: string[] = [];
  readonly workStreams: FakeWorkStream[] = [];
  enqueueStreams = 0;
  readonly #cluster: FakeCluster;
  readonly #open = new Set<{ emit(event: "error", error: ServerErrorResponse): boolean }>();
  #server: Server | undefined;

  constructor(cluster: FakeCluster, id: string) {
    this.#cluster = cluster;
    this.id = id;
  }

  get leads(): boolean {
    return this.#cluster.leader === this;
  }

  /** The stream of the only, or latest, worker. */
  get workStream(): FakeWorkStream {
    const latest = this.workStreams.at(-1);
    if (latest === undefined) throw new Error(`${this.id} has no work stream`);
    return latest;
  }

  /** Listens at the address it had before, or any free one. */
  async start(): Promise<void> {
    const server = new Server();
    server.addService(protocol.Jobs.service, this.#jobs());
    server.addService(protocol.Work.service, this.#work());
    server.addService(protocol.Cluster.service, this.#clusterService());
    const port = await new Promise<number>((resolve, reject) => {
      const at = this.address === "" ? "127.0.0.1:0" : this.address;
      server.bindAsync(at, ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    this.#server = server;
    this.address = `127.0.0.1:${port}`;
    if (this.advertised === "") this.advertised = this.address;
  }

  /** As by SIGKILL: every connection breaks. */
  kill(): void {
    this.#open.clear();
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  endStreams(reason: ErrorDetail): void {
    for (const call of this.#open) call.emit("error", statusWith(reason));
    this.#open.clear();
  }

  /** Breaks its streams without a word, the server goes on. */
  dropStreams(): void {
    this.failStreams(status.UNAVAILABLE);
  }

  /** Ends its streams with a bare status, as a proxy might. */
  failStreams(code: status): void {
    for (const call of this.#open) {
      call.emit("error", Object.assign(new Error("gone"), { code, details: "gone" }));
    }
    this.#open.clear();
  }

  #jobs(): JobsHandlers {
    const { state } = this.#cluster;
    return {
      EnqueueStream: (call) => this.#enqueueStream(call),
      Enqueue: (call, done) => this.#unary("Enqueue", done, () => state.enqueueAll(call.request)),
      Get: (call, done) =>
        this.#read("Get", call.request.consistency, done, () => ({
          job: state.job(call.request.id) ?? null,
        })),
      Wait: (call, done) =>
        this.#read("Wait", "CONSISTENCY_LINEARIZABLE", done, () => ({
          job: state.job(call.request.id) ?? null,
        })),
      WaitStream: (call) => this.#waitStream(call),
      List: (call, done) =>
        this.#read("List", call.request.consistency, done, () => state.list(call.request)),
      Cancel: (call, done) => this.#unary("Cancel", done, () => state.cancel(call.request.ids)),
      Stats: (call, done) => this.#read("Stats", call.request.consistency, done, () => state.stats()),
    };
  }

  #work(): WorkHandlers {
    const { state } = this.#cluster;
    return {
      Stream: (call) => this.#workStream(call),
      Claim: (call, done) =>
        this.#unary("Claim", done, () => ({ jobs: state.claimReady(call.request.slots) })),
      Act: (call, done) =>
        this.#unary("Act", done, () => ({ results: call.request.acts.map((act) => state.act(act)) })),
    };
  }

  #clusterService(): ClusterHandlers {
    return {
      Status: (call, done) => {
        this.statuses++;
        if (!this.answers) return;
        const { linearizable } = call.request;
        if (linearizable) this.linearizableStatuses++;
        if (linearizable && !this.#canReadIndex()) done(statusWith(this.#cluster.notLeader(this)));
        else afterTurns(this.statusTurns, () => done(null, this.#status()));
      },
      ChangeMembership: (call, done) => {
        const made = this.#cluster.memberChanges;
        this.#unary("ChangeMembership", done, () => {
          made.push(call.request);
          return { configurationIndex: made.length };
        });
      },
      Backup: (call) => this.#backup(call),
      TransferLeadership: (call, done) =>
        this.#unary("TransferLeadership", done, () => {
          const leaderId = call.request.toNodeId === "" ? "b" : call.request.toNodeId;
          return { leaderId, term: 2 };
        }),
    };
  }

  #status(): NodeStatus {
    const { leader, term, nodes } = this.#cluster;
    return {
      clusterId: "fake",
      nodeId: this.id,
      role: this.leads ? "ROLE_LEADER" : "ROLE_FOLLOWER",
      term,
      leaderId: leader?.id ?? "",
      leaderAddress: leader?.advertised ?? "",
      leaseLeftMs: this.leads ? 1_000 : 0,
      configurationCommitted: true,
      standing: "STANDING_MEMBER",
      members: nodes.map((node) => ({ nodeId: node.id, clientAddress: node.advertised, voter: true })),
      ...this.#cluster.status,
      ...this.status,
    };
  }

  /** The leader confirms its leadership, a follower asks it. */
  #canReadIndex(): boolean {
    return this.leads || (this.followerReads && this.#cluster.leader !== undefined);
  }

  #backup(call: ServerWritableStream<BackupRequest__Output, BackupPart>): void {
    this.unaryCalls.push("Backup");
    const refusal = this.refusals.shift();
    const canRead = call.request.consistency === "CONSISTENCY_STALE" || this.#canReadIndex();
    if (refusal !== undefined) call.emit("error", statusWith(refusal));
    else if (!canRead) call.emit("error", statusWith(this.#cluster.notLeader(this)));
    else this.backup(call);
  }

  #unary<Reply>(
    name: string,
    done: (error: ServerErrorResponse | null, reply?: Reply) => void,
    reply: () => Reply,
    anyNode = false,
  ): void {
    this.unaryCalls.push(name);
    if (!this.answers) return;
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return done(statusWith(refusal));
    if (!this.leads && !anyNode) return done(statusWith(this.#cluster.notLeader(this)));
    done(null, reply());
  }

  #read<Reply>(
    name: string,
    consistency: Consistency,
    done: (error: ServerErrorResponse | null, reply?: Reply) => void,
    reply: () => Reply,
  ): void {
    this.#unary(name, done, reply, consistency === "CONSISTENCY_STALE" || this.#canReadIndex());
  }

  #enqueueStream(call: EnqueueCall): void {
    this.enqueueStreams++;
    this.#open.add(call);
    call.on("cancelled", () => this.#open.delete(call));
    call.on("end", () => call.end());
    call.on("data", (request: EnqueueRequest__Output) => {
      this.requests.push(request);
      if (this.enqueues === "hang") return;
      const { requestId } = request;
      const refusal = this.leads ? this.refusals.shift() : this.#cluster.notLeader(this);
      if (refusal !== undefined) {
        call.write({ requestId, error: refusal });
      } else if (request.jobs.some(({ id }) => id === this.poison)) {
        call.write({ requestId, error: detail("INVALID_ARGUMENT", "a bad job is in it") });
      } else if (this.enqueues === "answer") {
        call.write({ ...this.#cluster.state.enqueueAll(request), requestId });
      } else if (this.enqueues === "swallow") {
        this.#cluster.state.enqueueAll(request);
        this.dropStreams();
      }
    });
  }

  #waitStream(call: ServerDuplexStream<WaitStreamRequest__Output, WaitStreamReply>): void {
    const { state } = this.#cluster;
    this.#open.add(call);
    this.waitStreams.push(call);
    const unwatch: (() => void)[] = [];
    call.on("cancelled", () => {
      this.#open.delete(call);
      for (const stop of unwatch) stop();
    });
    call.on("end", () => call.end());
    call.on("data", ({ requestId, ids, forget }: WaitStreamRequest__Output) => {
      if (!this.answers) return;
      if (!this.#canReadIndex()) {
        this.#open.delete(call);
        call.emit("error", statusWith(this.#cluster.notLeader(this)));
        return;
      }
      this.waited.push(...ids);
      this.forgotten.push(...forget);
      call.write({ requestId });
      for (const id of ids) {
        unwatch.push(
          state.whenEnded(id, (end) => {
            call.write({ requestId: 0, jobs: [{ id, ...end }] });
          }),
        );
      }
    });
  }

  #workStream(call: ServerDuplexStream<WorkerMessage__Output, WorkMessage>): void {
    this.#open.add(call);
    call.on("cancelled", () => this.#open.delete(call));
    const stream = new FakeWorkStream(call, this.#cluster.state, () => ({
      refusal: this.leads ? this.refusals.shift() : this.#cluster.notLeader(this),
      hang: this.acts === "hang",
    }));
    call.on("data", (message: WorkerMessage__Output) => {
      if (message.subscribe && !this.leads) {
        this.#open.delete(call);
        call.emit("error", statusWith(this.#cluster.notLeader(this)));
        return;
      }
      if (message.subscribe) {
        this.workStreams.push(stream);
        call.write({ subscribed: { leaderId: this.id, term: this.#cluster.term } });
      }
      stream.onMessage(message);
      if (message.subscribe && this.#cluster.feeding) stream.feed();
    });
    call.on("end", () => call.end());
  }
}
