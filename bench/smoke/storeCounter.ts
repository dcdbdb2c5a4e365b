import { basename } from "node:path";
import { Level } from "level";
import { ownDirectory } from "../processes/owned.ts";

/** What LevelDB was given for one folder of a node (`log` or `records`), in all nodes together. */
export interface StoreCounts {
  puts: number;
  bytes: number;
  syncedWrites: number;
}

interface Batch {
  readonly db: { readonly location: string };
  _put: (this: Batch, key: Uint8Array, value: Uint8Array, ...rest: unknown[]) => unknown;
  _write: (this: Batch, options?: { readonly sync?: boolean }) => unknown;
}

/** Counts, from now on and for the rest of this process, what batches carry to LevelDB, by the name of its folder. */
export async function countStores(): Promise<ReadonlyMap<string, StoreCounts>> {
  const counts = new Map<string, StoreCounts>();
  const of = ({ location }: Batch["db"]): StoreCounts => {
    const folder = basename(location);
    const found = counts.get(folder) ?? { puts: 0, bytes: 0, syncedWrites: 0 };
    counts.set(folder, found);
    return found;
  };
  const prototype = await batchPrototype();
  const { _put: put, _write: write } = prototype;
  prototype._put = function (key, value, ...rest) {
    const count = of(this.db);
    count.puts++;
    count.bytes += key.length + value.length;
    return put.call(this, key, value, ...rest);
  };
  prototype._write = function (options) {
    if (options?.sync === true) of(this.db).syncedWrites++;
    return write.call(this, options);
  };
  return counts;
}

/** The class of batches is not exported: that of a batch is asked for. */
async function batchPrototype(): Promise<Batch> {
  await using directory = await ownDirectory();
  const database = new Level(directory.path);
  await database.open();
  const batch = database.batch();
  const prototype = Object.getPrototypeOf(batch) as Batch;
  await batch.close();
  await database.close();
  return prototype;
}
