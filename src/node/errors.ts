import { ConclaveError } from "../base/errors.ts";

/** Why a node that does not lead refuses, with what it knows of the leader. */
export function notLeaderError(leaderId: string | null, leaderAddress: string): ConclaveError {
  if (leaderId === null) {
    return new ConclaveError("NO_LEADER", "no leader is known at the moment; try again shortly", {
      retryAfterMs: 50,
    });
  }
  const where = leaderAddress === "" ? "" : ` at ${leaderAddress}`;
  return new ConclaveError("NOT_LEADER", `this node is not the leader; ${leaderId}${where} is`, {
    leaderId,
    ...(leaderAddress === "" ? {} : { leaderAddress }),
  });
}

export function outcomeUnknown(): ConclaveError {
  return new ConclaveError(
    "OUTCOME_UNKNOWN",
    "leadership was lost before the entry committed: it may or may not take effect; repeat the call with the same ids",
  );
}

export function overloaded(what: string): ConclaveError {
  return new ConclaveError("OVERLOADED", `${what}; nothing was done, try again after the advised wait`, {
    retryAfterMs: 100,
  });
}

export function shuttingDown(): ConclaveError {
  return new ConclaveError("SHUTTING_DOWN", "this node is shutting down; another one will serve you");
}

/** Its own data is damaged or cannot be read: the node ends, rather than lead or follow with what it cannot look at. */
export function endsNode(error: unknown): boolean {
  return error instanceof ConclaveError && (error.code === "DATA_CORRUPT" || error.code === "DISK_FAILED");
}
