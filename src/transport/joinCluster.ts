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
 * Rounds in which the leader has to say that it shares no format with us. Others go on naming one as the leader for an
 * election timeout after it has been started with a wrong release, and no leader is one that the cluster puts up with.
 */
const leaderRefusals = 5;

/**
 * Asks the members at these peer addresses, and the leader that they name, to take this node in, again and again until
 * one does. Resolves to the index of the configuration that holds it. Rejects with ABORTED by the signal, and with the
 * refusals that no waiting mends, such as MEMBERSHIP_REFUSED; with IDENTITY_MISMATCH when everybody says so, and with
 * FORMAT_UNSUPPORTED when everybody does, or the leader time and again.
 */
export async function joinCluster(
  addresses: readonly string[],
  request: JoinCall,
  options: JoinOptions,
): Promise<LogIndex> {
  const { backoffInitialMs, backoffMaxMs } = { ...defaultTimings, ...options.timings };
  const reasons = new LoggedReasons();
  let refusedByLeader = 0;
  for (let round = 0; ; round++) {
    const answer = await askAll(addresses, encodeJoinRequest(request), options);
    if (answer.type === "taken in") return answer.index;
    refusedByLeader = answer.byLeader === undefined ? 0 : refusedByLeader + 1;
    if (answer.byLeader !== undefined && refusedByLeader >= leaderRefusals) throw answer.byLeader.error;
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
  | {
      readonly type: "refused";
      readonly refusals: readonly Refused[];
      /** By whom others name as the leader, and for good if it is. */
      readonly byLeader: Refused | undefined;
    };

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
  // There is no use in asking again.
  const [first] = refusals;
  if (first !== undefined && refusals.every(({ error }) => isOfItself(error))) throw first.error;
  const byLeader = refusals.find(
    ({ address, error }) => error.code === "FORMAT_UNSUPPORTED" && leaders.has(address),
  );
  return { type: "refused", refusals, byLeader };
}

/** What says as much of the node that was asked as of the one that asks. */
function isOfItself({ code }: ConclaveError): boolean {
  return code === "IDENTITY_MISMATCH" || code === "FORMAT_UNSUPPORTED";
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    throw aborted();
  }
}
