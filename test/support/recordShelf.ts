import { Machine } from "../../src/machine/index.ts";
import type { MachineRecord } from "../../src/machine/types.ts";
import type { CheckpointCut } from "../../src/machine/view.ts";
import { nameOf, nameOfJob } from "../../src/storage/recordKeys.ts";
import { decodeOldRecord, encodeOldRecord } from "./oldRecord.ts";

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
    for (const sequence of cut.deletes) next.delete(nameOfJob(sequence));
    for (const name of cut.sideDeletes) next.delete(name);
    const records = cut.records()[Symbol.iterator]();
    let taken = 0;
    return {
      step: () => {
        const item = records.next();
        if (item.done !== true) {
          const record = item.value;
          // A plain array, so that what is decoded from it equals what went in.
          const value = new Uint8Array(encodeOldRecord(record));
          next.set(nameOf(record), value);
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
      machine.restore(values.slice(at, at + slice).map(decodeOldRecord));
    }
    machine.restored();
    return machine;
  }

  all(): MachineRecord[] {
    return [...this.#records.values()].map(decodeOldRecord);
  }
}
