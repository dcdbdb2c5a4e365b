import { basename } from "node:path";
import { ownDirectory } from "../processes/owned.ts";
import { type Batch, batchPrototype } from "./batchPrototype.ts";

/** What LevelDB was given for one folder of a node (`log` or `records`), in all nodes together. */
export interface StoreCounts {
  puts: number;
  bytes: number;
  syncedWrites: number;
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
  await using directory = await ownDirectory();
  const prototype = await batchPrototype(directory.path);
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
