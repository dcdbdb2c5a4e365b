import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Incarnation } from "../base/brands.ts";
import { damaged } from "./damage.ts";
import { DirectoryLock } from "./directoryLock.ts";
import { makeEmpty } from "./foundDirectory.ts";
import { checkIdentity, readIdentity, writeIdentity } from "./identity.ts";
import type { OpenStore } from "./keyValueStore.ts";
import { pathsIn } from "./paths.ts";
import { beginRenewal, carryOutRenewal, finishRenewal } from "./renewal.ts";
import type { Identity, Owner } from "./types.ts";
import { unusable } from "./unusable.ts";

export interface SetAside {
  /** The folder that holds the old files now: all of them, the identity as well. */
  readonly keptIn: string;
  readonly identity: Identity;
}

/**
 * Puts an empty data directory in the place of a damaged one: of the same node of the same cluster, under a new
 * incarnation that is not a member yet and that votes and acknowledges nothing until it is taken in again. Nothing is
 * deleted. After a crash it is either not begun, or finished by the next `DataDirectory.open`. Rejects with
 * IDENTITY_MISMATCH, CONFIG_INVALID (another process uses it), DATA_CORRUPT (its identity is lost) or DISK_FAILED.
 */
export async function setAside(path: string, owner: Owner, openStore?: OpenStore): Promise<SetAside> {
  const paths = pathsIn(path);
  try {
    const lock = await DirectoryLock.take(path, openStore);
    try {
      await finishRenewal(path);
      const found = await readIdentity(paths.identity);
      if (found === null) throw damaged(paths.identity, "it is gone, so whose data this is is unknown");
      checkIdentity(paths.identity, found, owner);
      const identity = successorOf(found);
      const fresh = pathsIn(await beginRenewal(path));
      await makeEmpty(fresh, openStore);
      await writeIdentity(fresh.identity, identity);
      const keptIn = `damaged-${new Date().toISOString().replaceAll(":", "-")}`;
      await carryOutRenewal(path, keptIn);
      return { keptIn: join(path, keptIn), identity };
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw unusable(path, error);
  }
}

/**
 * The same node with nothing. Its peers know it under the incarnation that it replaces: the one that was a member last,
 * which is not the one before when that had not been taken in yet.
 */
function successorOf({ clusterId, nodeId, clusterName, incarnation, joining }: Identity): Identity {
  const replaces = joining === null || joining.replaces === "" ? incarnation : joining.replaces;
  return {
    clusterId,
    nodeId,
    incarnation: Incarnation(randomUUID()),
    membership: { voters: [], outgoing: [], learners: [] },
    clusterName,
    joining: { replaces },
    founding: false,
  };
}
