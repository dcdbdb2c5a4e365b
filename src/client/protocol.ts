import { fileURLToPath } from "node:url";
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { ProtoGrpcType as ClusterProto } from "../generated/cluster.ts";
import type { ProtoGrpcType as JobsProto } from "../generated/jobs.ts";
import type { ProtoGrpcType as ManageProto } from "../generated/manage.ts";
import type { ProtoGrpcType as SchedulesProto } from "../generated/schedules.ts";
import type { ProtoGrpcType as WorkProto } from "../generated/work.ts";

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
const loaded = loadPackageDefinition(definition) as unknown as ClusterProto &
  JobsProto &
  ManageProto &
  SchedulesProto &
  WorkProto;

/** Package conclave.v1 as `proto/` describes it: service constructors and message (de)serializers. */
export const protocol = loaded.conclave.v1;
