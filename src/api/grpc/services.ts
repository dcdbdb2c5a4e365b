import type * as grpc from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";
import { protoDir } from "../../codec/proto.ts";

/** A request as it came: the message with its encoded size, or why the bytes could not be read. */
export type Received<Request> =
  | { readonly message: Request; readonly bytes: number }
  | { readonly malformed: string };

export const serviceNames = ["Jobs", "Work", "Cluster", "Manage", "Schedules"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The options by which the types in `src/generated` were made (script `proto` in package.json). */
const definitions: PackageDefinition = loadSync(
  ["jobs", "work", "cluster", "manage", "schedules"].map((file) => `conclave/v1/${file}.proto`),
  { includeDirs: [protoDir], keepCase: false, longs: Number, enums: String, defaults: true, oneofs: true },
);

/** The definition of a service of conclave.v1 whose handlers see each request as `Received`. */
export function serviceDefinition(name: ServiceName): grpc.ServiceDefinition {
  const service = definitions[`conclave.v1.${name}`] as grpc.ServiceDefinition;
  return Object.fromEntries(
    Object.entries(service).map(([method, definition]) => [
      method,
      { ...definition, requestDeserialize: received(definition.requestDeserialize) },
    ]),
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
