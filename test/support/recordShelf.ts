import type { JobId } from "../../src/base/brands.ts";
import { decodeRecord, encodeRecord } from "../../src/codec/record.ts";
import { Machine } from "../../src/machine/index.ts";
import { sideName } from "../../src/machine/records.ts";
import type { MachineRecord } from "../../src/machine/types.ts";
import type { CheckpointCut } from "../../src/machine/view.ts";

/** A record store in memory: keeps encoded records by key, as `records/` does. */
export class RecordShelf {
  #records = new Map<string, Uint8Array>();

  get size(): number {
    return this.#records.size;
  }

  /** Takes the whole cut at once. */
  write(cut: CheckpointCut): void {
    const writing = this.begin(cut);
    while (writing.step()) {
      /* to the end */
    }
  }

  /** Takes the cut record by record; the store changes only when the last one was taken. */
  begin(cut: CheckpointCut): { step(): boolean; abandon(): void } {
    const next = new Map(this.#records);
    for (const id of cut.deletes) next.delete(keyOf(id));
    for (const name of cut.sideDeletes) next.delete(name);
    const records = cut.records()[Symbol.iterator]();
    let taken = 0;
    return {
      step: () => {
        const item = records.next();
        if (item.done !== true) {
          const record = item.value;
          // A plain array, so that what is decoded from it equals what went in.
          const value = new Uint8Array(encodeRecord(record));
          next.set(keyOfRecord(record), value);
          taken += 1;
          return true;
        }
        if (taken !== cut.size) throw new Error(`the cut said ${cut.size} records and gave ${taken}`);
        this.#records = next;
        cut.done();
        return false;
      },
      abandon: () => cut.abandon(),
    };
  }

  /** A machine of what is stored, restored in slices of `slice` records and in the order of their keys. */
  restore(slice = 7): Machine {
    const machine = new Machine();
    const values = [...this.#records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    for (let at = 0; at < values.length; at += slice) {
      machine.restore(values.slice(at, at + slice).map(decodeRecord));
    }
    machine.restored();
    return machine;
  }

  all(): MachineRecord[] {
    return [...this.#records.values()].map(decodeRecord);
  }
}

function keyOfRecord(record: MachineRecord): string {
  if (record.kind === "job") return keyOf(record.job.spec.id);
  return record.kind === "meta" ? "m" : sideName(record);
}

function keyOf(id: JobId): string {
  return `j${id}`;
}
