import type * as grpc from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";
import {
  type EnqueueAnswer,
  enqueueAnswerToWire,
  readEnqueueRequest,
  writeEnqueueAnswer,
} from "../../codec/api/enqueueMessages.ts";
import { loaderOptions } from "../../codec/api/loaderOptions.ts";
import { readActs, writeWorkAnswer } from "../../codec/api/workMessages.ts";
import { protoDir } from "../../codec/proto.ts";
import type { EnqueueReply } from "../../generated/conclave/v1/EnqueueReply.ts";

/** A request as it came: the message with its encoded size, or why the bytes could not be read. */
export type Received<Request> =
  | { readonly message: Request; readonly bytes: number }
  | { readonly malformed: string };

export const serviceNames = ["Jobs", "Work", "Cluster", "Manage", "Schedules"] as const;
export type ServiceName = (typeof serviceNames)[number];

const definitions: PackageDefinition = loadSync(
  ["jobs", "work", "cluster", "manage", "schedules"].map((file) => `conclave/v1/${file}.proto`),
  { includeDirs: [protoDir], keepCase: false, ...loaderOptions },
);

type Write = (reply: object) => Buffer;

/** How a method's messages are read and written by hand; null for those that are left to protobufjs. */
interface ByHand {
  readonly read?: (bytes: Buffer) => object | null;
  readonly write?: (reply: object, write: Write) => Buffer | null;
}

const enqueueByHand: ByHand = {
  read: readEnqueueRequest,
  write: (reply: EnqueueReply | EnqueueAnswer, write) =>
    isAnswer(reply) ? (writeEnqueueAnswer(reply) ?? write(enqueueAnswerToWire(reply))) : null,
};

/** The messages of which there is one for each job. */
const byHand: Readonly<Record<string, ByHand>> = {
  "Jobs.Enqueue": enqueueByHand,
  "Jobs.EnqueueStream": enqueueByHand,
  "Work.Stream": {
    read: (bytes) => {
      const acts = readActs(bytes);
      return acts === null ? null : { acts };
    },
    write: writeWorkAnswer,
  },
};

function isAnswer(reply: EnqueueReply | EnqueueAnswer): reply is EnqueueAnswer {
  return "results" in reply;
}

/** The definition of a service of conclave.v1 whose handlers see each request as `Received`. */
export function serviceDefinition(name: ServiceName): grpc.ServiceDefinition {
  const service = definitions[`conclave.v1.${name}`] as grpc.ServiceDefinition;
  return Object.fromEntries(
    Object.entries(service).map(([method, definition]) => {
      const { read, write } = byHand[`${name}.${method}`] ?? {};
      const { requestDeserialize, responseSerialize } = definition;
      return [
        method,
        {
          ...definition,
          requestDeserialize: received((bytes: Buffer) => read?.(bytes) ?? requestDeserialize(bytes)),
          responseSerialize: (reply: object) => write?.(reply, responseSerialize) ?? responseSerialize(reply),
        },
      ];
    }),
  );
}

/**
 * Keeps the encoded size, which bounds a batch, and turns bytes that are no message into a value: left to the
 * server, they would become INTERNAL without a word about the reason.
 */
function received<Request>(read: (bytes: Buffer) => Request): (bytes: Buffer) => Received<Request> {
  return (bytes) => {
    try {
      return { message: read(bytes), bytes: bytes.length };
    } catch (error) {
      return { malformed: error instanceof Error ? error.message : String(error) };
    }
  };
}
