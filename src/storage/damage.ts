import { ConclaveError } from "../base/errors.ts";
import type { Identity } from "./types.ts";

/**
 * DATA_CORRUPT with what to do. Found on opening, so nothing was served from the damaged data yet, and a
 * majority holds every acknowledged entry.
 */
export function damaged(where: string, what: string, cause?: unknown): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    `${where}: ${what}. This node has not started, so nothing wrong was voted, acknowledged or served, and the ` +
      "other nodes hold the data. It is repaired by rejoining with empty data: the node does so by itself once a leader " +
      "answers; or move the data directory away and start the node with --join and --rejoin",
    { cause },
  );
}

/**
 * DATA_CORRUPT, but whose data it is is known: the node may rejoin under its id. It sets the directory aside
 * (`DataDirectory.setAside`), and its peers take it in again with empty data, under a new incarnation.
 */
export class DamagedDirectory extends ConclaveError {
  /** As identity.json has it, which is intact. */
  readonly identity: Identity;

  constructor(identity: Identity, damage: ConclaveError) {
    super("DATA_CORRUPT", damage.message, { cause: damage });
    this.identity = identity;
  }
}

/** The error as DamagedDirectory when it is damage that rejoining repairs, and as it is otherwise. */
export function repairable(identity: Identity, error: unknown): unknown {
  if (!(error instanceof ConclaveError) || error.code !== "DATA_CORRUPT") return error;
  return error instanceof DamagedDirectory ? error : new DamagedDirectory(identity, error);
}

/** What reading `what` has failed with, as DATA_CORRUPT; an intact format of another release stays what it is. */
export function unreadable(where: string, what: string, cause: unknown): ConclaveError {
  if (cause instanceof ConclaveError && cause.code === "FORMAT_UNSUPPORTED") {
    return new ConclaveError("FORMAT_UNSUPPORTED", `${where}: ${cause.message}`, { cause });
  }
  return damaged(where, `${what} is damaged (${reasonOf(cause)})`, cause);
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
