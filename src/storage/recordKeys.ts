import type { JobId } from "../base/brands.ts";
import { sideName } from "../machine/records.ts";
import type { MachineRecord } from "../machine/types.ts";

/** Keys of the records; layout: proto/conclave/v1/log.proto. */

const metaKey: Uint8Array = Buffer.from("m");
const metaName = "";

export function keyOf(record: MachineRecord): Uint8Array {
  if (record.kind === "job") return jobKey(record.job.spec.id);
  return record.kind === "meta" ? metaKey : sideKey(sideName(record));
}

/** What tells records apart; a job's is its id. */
export function nameOf(record: MachineRecord): string {
  if (record.kind === "job") return record.job.spec.id;
  return record.kind === "meta" ? metaName : nameOfSide(sideName(record));
}

export function jobKey(id: JobId): Uint8Array {
  return Buffer.from(`j${id}`);
}

export function sideKey(name: string): Uint8Array {
  return Buffer.from(name);
}

/** No job's id begins with NUL. */
export function nameOfSide(name: string): string {
  return `\0${name}`;
}

export function printable(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString("latin1"));
}
