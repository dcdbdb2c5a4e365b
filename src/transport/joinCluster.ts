import { setTimeout as delay } from "node:timers/promises";
import type { LogIndex } from "../base/brands.ts";
import { ConclaveError, type ErrorCode } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { decodeJoinReply, encodeJoinRequest, type JoinCall } from "../codec/peerJoin.ts";
import { askNode } from "./askNode.ts";
import { endpointOf } from "./endpoint.ts";
import { LoggedReasons } from "./loggedReasons.ts";
import { aborted } from "./reach.ts";

export interface JoinOptions {
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly timings?: Partial<JoinTimings>;
}

export interface JoinTimings {
  /** For one answer: the configuration has to commit first. */
  readonly answerTimeoutMs: number;
  /** Delays between rounds of asking grow by 2 from here to the cap. */
  readonly backoffInitialMs: number;
  readonly backoffMaxMs: number;
}

const defaultTimings: JoinTimings = { answerTimeoutMs: 10_000, backoffInitialMs: 200, backoffMaxMs: 5_000 };

/** Refusals that pass by themselves, though nobody knows for some of them whether the call took effect: it may be repeated. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "NOT_LEADER",
  "NO_LEADER",
  "OVERLOADED",
  "SHUTTING_DOWN",
  "UNAVAILABLE",
  "TRANSFER_FAILED",
  "OUTCOME_UNKNOWN",
  "DEADLINE_EXCEEDED",
  "INTERNAL",
]);

/**
 * Asks the members at these peer addresses, and the leader that they name, to take this node in, again and again until
 * one does. Resolves to the index of the configuration that holds it. Rejects with ABORTED by the signal, and with the
 * refusals that no waiting mends, such as MEMBERSHIP_REFUSED; with IDENTITY_MISMATCH when everybody says so, and with
 * FORMAT_UNSUPPORTED when everybody does, or the leader.
 */
export async function joinCluster(
  addresses: readonly string[],
  request: JoinCall,
  options: JoinOptions,
): Promise<LogIndex> {
  const { backoffInitialMs, backoffMaxMs } = { ...defaultTimings, ...options.timings };
  const reasons = new LoggedReasons();
  for (let round = 0; ; round++) {
    const answer = await askAll(addresses, encodeJoinRequest(request), options);
    if (answer.type === "taken in") return answer.index;
    for (const { address, error } of answer.refusals) {
      if (!reasons.isNew(address, error.code)) continue;
      const fields = { address, code: error.code, reason: error.message };
      options.logger.info(fields, "a member did not take this node in; asking on");
    }
    const backoffMs = Math.min(backoffMaxMs, backoffInitialMs * 2 ** Math.min(round, 30));
    const asked = answer.refusals.map(({ error }) => error.retryAfterMs ?? 0);
    await pause(Math.max(backoffMs, ...asked), options.signal);
  }
}

/** Who is sent on from leader to leader for so long begins a new round instead. */
const maxAsked = 32;

interface Refused {
  readonly address: string;
  readonly error: ConclaveError;
}

type Answer =
  | { readonly type: "taken in"; readonly index: LogIndex }
  | { readonly type: "refused"; readonly refusals: readonly Refused[] };

/** One round: each address once, and next the leader that one of them names. */
async function askAll(addresses: readonly string[], request: Buffer, options: JoinOptions): Promise<Answer> {
  const { answerTimeoutMs: timeoutMs } = { ...defaultTimings, ...options.timings };
  const refusals: Refused[] = [];
  const asked = new Set<string>();
  const leaders = new Set<string>();
  const toAsk = [...addresses];
  for (let address = toAsk.shift(); address !== undefined; address = toAsk.shift()) {
    // Members that disagree on who leads could otherwise send us round in circles.
    if (asked.has(address)) continue;
    asked.add(address);
    try {
      const reply = await askNode(address, "join", request, { timeoutMs, signal: options.signal });
      return { type: "taken in", index: decodeJoinReply(reply) };
    } catch (error) {
      // One address may belong to another cluster by now, or its node run a wrong release; all of them are another matter.
      if (!(error instanceof ConclaveError) || !(passing.has(error.code) || isOfItself(error))) throw error;
      refusals.push({ address, error });
      const leader = error.leaderAddress ?? "";
      leaders.add(leader);
      if (endpointOf(leader) !== undefined && asked.size < maxAsked) toAsk.unshift(leader);
    }
  }
  const final = finalOf(refusals, leaders);
  if (final !== undefined) throw final.error;
  return { type: "refused", refusals };
}

/** What says as much of the node that was asked as of the one that asks. */
function isOfItself({ code }: ConclaveError): boolean {
  return code === "IDENTITY_MISMATCH" || code === "FORMAT_UNSUPPORTED";
}

/** The refusal after which there is no use in asking again. */
function finalOf(refusals: readonly Refused[], leaders: ReadonlySet<string>): Refused | undefined {
  if (refusals.every(({ error }) => isOfItself(error))) return refusals[0];
  return refusals.find(({ address, error }) => error.code === "FORMAT_UNSUPPORTED" && leaders.has(address));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    throw aborted();
  }
}
