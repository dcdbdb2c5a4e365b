import * as grpc from "@grpc/grpc-js";
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ClientApi, type ClientApiOptions } from "../../src/api/grpc/clientApi.ts";
import { messageType, NumberReader, protoDir } from "../../src/codec/proto.ts";
import type { ProtoGrpcType as ClusterProto } from "../../src/generated/cluster.ts";
import type { ClusterClient } from "../../src/generated/conclave/v1/Cluster.ts";
import type { ErrorDetail__Output } from "../../src/generated/conclave/v1/ErrorDetail.ts";
import type { JobSpec } from "../../src/generated/conclave/v1/JobSpec.ts";
import type { JobsClient } from "../../src/generated/conclave/v1/Jobs.ts";
import type { ManageClient } from "../../src/generated/conclave/v1/Manage.ts";
import type { SchedulesClient } from "../../src/generated/conclave/v1/Schedules.ts";
import type { WorkClient } from "../../src/generated/conclave/v1/Work.ts";
import type { ProtoGrpcType as ManageProto } from "../../src/generated/manage.ts";
import type { ProtoGrpcType as SchedulesProto } from "../../src/generated/schedules.ts";
import type { ProtoGrpcType as WorkProto } from "../../src/generated/work.ts";
import { FakeNode } from "../support/fakeNode.ts";
import { type LoggedLine, recordingLogger } from "../support/silence.ts";

export const proto = loadPackageDefinition(
  loadSync(
    ["jobs", "work", "cluster", "manage", "schedules"].map((file) => `conclave/v1/${file}.proto`),
    {
      includeDirs: [protoDir],
      longs: Number,
      enums: String,
      defaults: true,
      oneofs: true,
    },
  ),
) as unknown as WorkProto & ClusterProto & ManageProto & SchedulesProto;

export interface Harness extends AsyncDisposable {
  readonly node: FakeNode;
  readonly api: ClientApi;
  readonly address: string;
  readonly jobs: JobsClient;
  readonly work: WorkClient;
  readonly cluster: ClusterClient;
  readonly manage: ManageClient;
  readonly schedules: SchedulesClient;
  readonly log: readonly LoggedLine[];
}

/** A fake node, its real gRPC server on loopback, and a client of each service. */
export async function start(options: Partial<ClientApiOptions> = {}): Promise<Harness> {
  const node = new FakeNode();
  const logger = recordingLogger();
  const api = new ClientApi({ node, logger, listen: "127.0.0.1:0", ...options });
  const address = await api.start();
  const plain = grpc.credentials.createInsecure();
  const { Jobs, Work, Cluster, Manage, Schedules } = proto.conclave.v1;
  const clients = {
    jobs: new Jobs(address, plain),
    work: new Work(address, plain),
    cluster: new Cluster(address, plain),
    manage: new Manage(address, plain),
    schedules: new Schedules(address, plain),
  };
  return {
    node,
    api,
    address,
    log: logger.lines,
    ...clients,
    [Symbol.asyncDispose]: async () => {
      for (const client of Object.values(clients)) client.close();
      node.release();
      await api.close(1000);
    },
  };
}

/** A unary call as a promise: `ask<GetReply__Output>((done) => jobs.get(request, done))`. */
export function ask<Reply = unknown>(
  call: (done: (error: grpc.ServiceError | null, reply?: Reply) => void) => unknown,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    call((error, reply) => {
      if (error !== null) reject(error);
      else if (reply === undefined) reject(new Error("a reply without a message"));
      else resolve(reply);
    });
  });
}

export interface Refusal {
  readonly status: grpc.status;
  readonly details: string;
  /** Null when the trailer has none: the server's own refusals. */
  readonly detail: ErrorDetail__Output | null;
}

/** What a call was refused with; fails when it was not. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    return refusalOf(error as grpc.ServiceError);
  }
  throw new Error("the call was not refused");
}

/** Decodes the typed details of a status as each client would. */
export function refusalOf(error: grpc.StatusObject): Refusal {
  const bytes = error.metadata.get("grpc-status-details-bin")[0];
  if (bytes === undefined) return { status: error.code, details: error.details, detail: null };
  const status = decode("RpcStatus", bytes as Buffer) as {
    code: grpc.status;
    message: string;
    details: { typeUrl: string; value: Buffer }[];
  };
  const [any] = status.details;
  if (any?.typeUrl !== "type.googleapis.com/conclave.v1.ErrorDetail" || status.code !== error.code) {
    throw new Error(`unexpected status details: ${JSON.stringify(status)}`);
  }
  const detail = decode("ErrorDetail", any.value) as unknown as ErrorDetail__Output;
  return { status: error.code, details: error.details, detail };
}

function decode(type: string, bytes: Buffer): object {
  const message = messageType(type);
  return message.toObject(message.decode(new NumberReader(bytes)), { defaults: true, longs: Number });
}

export function job(id: string, more: JobSpec = {}): JobSpec {
  return { id, queue: "q", payload: Buffer.from(`payload of ${id}`), ...more };
}

/** What a stream has sent so far, to be awaited message by message. */
export class Received<Message> {
  readonly messages: Message[] = [];
  /** The call's status, once it ended. */
  readonly status: Promise<grpc.StatusObject>;
  readonly #waiting: (() => void)[] = [];

  constructor(call: grpc.ClientReadableStream<Message> | grpc.ClientDuplexStream<never, Message>) {
    call.on("data", (message: Message) => {
      this.messages.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.status = new Promise((resolve) => call.on("status", resolve));
    // Also reported by "status"; without a listener it would end the process.
    call.on("error", () => {});
  }

  /** Resolves once `found` gives something for the messages so far. */
  async until<Found>(found: (messages: readonly Message[]) => Found | undefined | false): Promise<Found> {
    for (;;) {
      const result = found(this.messages);
      if (result !== undefined && result !== false) return result;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** Resolves once `condition` holds, looked at every turn of the event loop; the test's timeout bounds it. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
