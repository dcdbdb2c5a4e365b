import { Level } from "level";

export interface Batch {
  readonly db: { readonly location: string };
  _put: (this: Batch, key: Uint8Array, value: Uint8Array, ...rest: unknown[]) => unknown;
  _write: (this: Batch, options?: { readonly sync?: boolean }) => Promise<unknown>;
}

/** The class of batches is not exported: that of a batch, of a database in an empty folder, is asked for. */
export async function batchPrototype(folder: string): Promise<Batch> {
  const database = new Level(folder);
  await database.open();
  const batch = database.batch();
  const prototype = Object.getPrototypeOf(batch) as Batch;
  await batch.close();
  await database.close();
  return prototype;
}
