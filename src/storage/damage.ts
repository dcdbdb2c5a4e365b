import { ConclaveError } from "../base/errors.ts";

/**
 * DATA_CORRUPT with what to do. Found on opening, so nothing was served from the damaged data yet, and a
 * majority holds every acknowledged entry.
 */
export function damaged(where: string, what: string, cause?: unknown): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    `${where}: ${what}. This node has not started, so nothing wrong was voted, acknowledged or served, and the ` +
      "other nodes hold the data. Move the data directory away and let the node rejoin the cluster as a new member",
    { cause },
  );
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
