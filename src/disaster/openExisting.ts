import { ConclaveError } from "../base/errors.ts";
import { decodeRecord, encodeRecord } from "../codec/record.ts";
import { Machine } from "../machine/index.ts";
import type { RecordStore } from "../node/ports.ts";
import { DataDirectory } from "../storage/dataDirectory.ts";
import { type OpenStore, openLevel } from "../storage/keyValueStore.ts";
import type { Identity, RecordCodec } from "../storage/types.ts";

export const recordCodec: RecordCodec = { encode: encodeRecord, decode: decodeRecord };

/** Whose directory it is. Rejects with CONFIG_INVALID when it is nobody's. */
export async function identityIn(dataDir: string, openStore?: OpenStore): Promise<Identity> {
  const identity = await DataDirectory.identityAt(dataDir, openStore);
  if (identity !== null) return identity;
  throw new ConclaveError(
    "CONFIG_INVALID",
    `${dataDir} is no data directory of a node: it has no identity.json`,
  );
}

/** Opens the directory of this identity. Rejects as `DataDirectory.open`. */
export function openExisting(
  path: string,
  identity: Identity,
  openStore: OpenStore = openLevel,
): Promise<DataDirectory> {
  return DataDirectory.open({ ...identity, path, codec: recordCodec, openStore });
}

/** Opens a survivor's directory. Rejects as `DataDirectory.open`, but never advises to fetch the data from others. */
export function openSurvivor(
  path: string,
  identity: Identity,
  openStore?: OpenStore,
): Promise<DataDirectory> {
  return asSurvivor(path, () => openExisting(path, identity, openStore));
}

/** Runs what reads a survivor's data: when that is damaged, there may be nobody left to fetch it from. */
export async function asSurvivor<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof ConclaveError) || cause.code !== "DATA_CORRUPT") throw cause;
    // The rest of the message is for a node of a cluster that works.
    const [found] = cause.message.split(". This node has not started");
    throw new ConclaveError(
      "DATA_CORRUPT",
      `${path} is damaged, and nothing is recovered from damaged data: ${found}. Recover another survivor, or restore a ` +
        "backup",
      { cause },
    );
  }
}

/** A machine of the records in force. Rejects with DATA_CORRUPT. */
export async function loadMachine(records: RecordStore): Promise<Machine> {
  const machine = new Machine();
  for await (const slice of records.load()) machine.restore(slice);
  machine.restored();
  return machine;
}
