import type { JobId } from "../base/brands.ts";
import type { MachineRecord } from "../machine/types.ts";

/** Keys of the records; layout: proto/conclave/v1/log.proto. */

const metaKey: Uint8Array = Buffer.from("m");
const metaName = "";

export function keyOf(record: MachineRecord): Uint8Array {
  return record.kind === "meta" ? metaKey : jobKey(record.job.spec.id);
}

/** Shared with the machine's own string, so that the digest's map costs no copy of it. */
export function nameOf(record: MachineRecord): string {
  return record.kind === "meta" ? metaName : record.job.spec.id;
}

export function jobKey(id: JobId): Uint8Array {
  return Buffer.from(`j${id}`);
}

export function printable(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString("latin1"));
}
