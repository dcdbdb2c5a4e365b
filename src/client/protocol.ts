import { fileURLToPath } from "node:url";
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ConclaveError, messageOf } from "../base/errors.ts";
import type { ProtoGrpcType as ClusterProto } from "../generated/cluster.ts";
import type { EnqueueRequest } from "../generated/conclave/v1/EnqueueRequest.ts";
import type { WorkerMessage } from "../generated/conclave/v1/WorkerMessage.ts";
import type { ProtoGrpcType as JobsProto } from "../generated/jobs.ts";
import type { ProtoGrpcType as ManageProto } from "../generated/manage.ts";
import type { ProtoGrpcType as SchedulesProto } from "../generated/schedules.ts";
import type { ProtoGrpcType as WorkProto } from "../generated/work.ts";
import { readEnqueueReply, writeEnqueueRequest } from "./enqueueMessages.ts";
import { readWorkMessage, writeActs } from "./workMessages.ts";

/** Folder of the .proto files: the same relative place from `src/client` and from `dist/client`. */
const protoDir = fileURLToPath(new URL("../../proto/", import.meta.url));

const files = ["jobs", "work", "cluster", "manage", "schedules"].map((name) => `conclave/v1/${name}.proto`);
const definition = loadSync(files, {
  includeDirs: [protoDir],
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

type Serialize = (message: object) => Buffer;
type Deserialize = (bytes: Buffer) => object;

/** (De)serializers of one method, as the proto loader made them and as they are replaced. */
interface Method {
  requestSerialize: Serialize;
  responseDeserialize: Deserialize;
}

/** The messages of which there is one for each job are written and read by hand, as far as they are plain. */
function byHand(service: string, method: string, make: (from: Method) => Method): void {
  const methods = definition[`conclave.v1.${service}`] as unknown as Record<string, Method>;
  const from = methods[method];
  if (from !== undefined) methods[method] = { ...from, ...make(from) };
}

const serializerOf = (type: string): Serialize =>
  (definition[`conclave.v1.${type}`] as unknown as { serialize: Serialize }).serialize;

/** Where a message has its bytes that was written before it is sent. (A `WeakMap` of them kept what is long gone; see `Bag`.) */
const writtenBytes = Symbol("written");

interface MaybeWritten {
  [writtenBytes]?: Buffer;
}

const bytesOf = (message: object): Buffer | undefined => (message as MaybeWritten)[writtenBytes];

/**
 * Writes a message of a stream that many share before it is sent there, and gives why it cannot be written: on the stream
 * gRPC would end it for all of them, and tell nobody whose fault it was.
 */
function writeAhead<Message extends object>(
  serialize: (message: Message) => Buffer,
): (message: Message) => ConclaveError | undefined {
  return (message) => {
    try {
      (message as MaybeWritten)[writtenBytes] = serialize(message);
      return undefined;
    } catch (cause) {
      const why = `this cannot be written for the wire: ${messageOf(cause)}`;
      return new ConclaveError("INVALID_ARGUMENT", why, { cause });
    }
  };
}

const serializeSpec = serializerOf("JobSpec");
const serializeEnqueue = (request: EnqueueRequest) => writeEnqueueRequest(request, serializeSpec);
byHand("Jobs", "EnqueueStream", ({ responseDeserialize }) => ({
  requestSerialize: (request) => bytesOf(request) ?? serializeEnqueue(request),
  responseDeserialize: (bytes) => readEnqueueReply(bytes) ?? responseDeserialize(bytes),
}));
const serializeAct = serializerOf("Act");
const serializeWorker = serializerOf("WorkerMessage");
const serializeWork = (message: WorkerMessage) =>
  message.acts ? writeActs(message.acts, serializeAct) : serializeWorker(message);
byHand("Work", "Stream", ({ responseDeserialize }) => ({
  requestSerialize: (message) => bytesOf(message) ?? serializeWork(message),
  responseDeserialize: (bytes) => readWorkMessage(bytes) ?? responseDeserialize(bytes),
}));

/** To be asked before a request goes to `Jobs.EnqueueStream`. */
export const whyNoEnqueue = writeAhead(serializeEnqueue);
/** To be asked before a message goes to `Work.Stream`. */
export const whyNoWork = writeAhead(serializeWork);

const loaded = loadPackageDefinition(definition) as unknown as ClusterProto &
  JobsProto &
  ManageProto &
  SchedulesProto &
  WorkProto;

/** Package conclave.v1 as `proto/` describes it: service constructors and message (de)serializers. */
export const protocol = loaded.conclave.v1;
