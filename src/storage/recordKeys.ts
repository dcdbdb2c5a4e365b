import type { JobId } from "../base/brands.ts";
import type { JobPart } from "../codec/jobPart.ts";
import { sideName } from "../machine/records.ts";
import type { MachineRecord } from "../machine/types.ts";

/** Keys of the records; layout: proto/conclave/v1/records.proto. */

const metaName = "m";
const metaKey: Uint8Array = Buffer.from(metaName);
/**
 * After all others: pages grow at the end, so that LevelDB moves tables of new ones from level to level as they are. What
 * each checkpoint writes anew, such as the sum, would join every table to the last one if it lay behind them.
 */
const partPrefix = "z".charCodeAt(0);
const partKeyBytes = 11;
/** More parts than a page ever has. */
export const maxParts = 0x1_0000;

/** That of a job is of one in format 1: now jobs are in pages. */
export function keyOf(item: MachineRecord | JobPart): Uint8Array {
  if (item.kind === "part") return partKey(item.page, item.part);
  if (item.kind === "job") return jobKey(item.job.spec.id);
  return item.kind === "meta" ? metaKey : sideKey(sideName(item));
}

/** What tells the machine's records apart. */
export function nameOf(record: MachineRecord): string {
  if (record.kind === "job") return nameOfJob(record.sequence);
  return record.kind === "meta" ? metaName : sideName(record);
}

/** Names of other records do not begin like this. */
export function nameOfJob(sequence: number): string {
  return `j${sequence}`;
}

export function jobKey(id: JobId): Uint8Array {
  return Buffer.from(`j${id}`);
}

/** Big-endian, so that the parts of a page come one after the other. */
export function partKey(page: number, part: number): Uint8Array {
  const key = Buffer.alloc(partKeyBytes);
  key[0] = partPrefix;
  key.writeBigUInt64BE(BigInt(page), 1);
  key.writeUInt16BE(part, 9);
  return key;
}

export function sideKey(name: string): Uint8Array {
  return Buffer.from(name);
}

export function printable(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString("latin1"));
}
