import { LogTimeMs } from "../base/brands.ts";
import { hash32 } from "../base/random.ts";
import { defaultBreakerPolicy } from "./breakers.ts";
import { byHandText, withText } from "./byHandText.ts";
import { isoTime } from "./isoTime.ts";
import { cutText, maxBreakerErrorLength, maxBreakers, maxReasonLength } from "./limits.ts";
import type { Breaker, BreakerPolicy } from "./settings.ts";
import type { JobSlot } from "./slot.ts";
import type { MachineState } from "./state.ts";
import type { AttemptEnd, Claim, EnqueueError, JobSpec, Refusal, SetBreaker } from "./types.ts";

/**
 * An agent's breaker, over all queues. Closed: its failures in a row are counted, and as many as the threshold open it.
 * Open: nothing of it is handed out until `openUntil`, which a timer ends. Half-open: one claim, the probe, may try. Only
 * how the probe ends matters then: what was running when the breaker opened says nothing of the agent as it is now.
 */
export function claimBegan(state: MachineState, slot: JobSlot): void {
  const breaker = state.breakers.get(slot.template.agent);
  if (breaker?.state !== "halfOpen") return;
  change(state, { ...breaker, probe: { id: slot.id, token: slot.lastToken } });
}

/**
 * Failures, run-out leases and timeouts count against the agent, completing counts for it. A claim that was given back, or
 * whose job was to be cancelled, says nothing: if it was the probe, another may try.
 */
export function claimEnded(
  state: MachineState,
  slot: JobSlot,
  { token }: Claim,
  end: AttemptEnd,
  error: string,
): void {
  const { agent } = slot.template;
  const breaker = state.breakers.get(agent);
  const says = verdict(slot, end);
  if (breaker === undefined || breaker.state === "closed") {
    if (says === "failed") countFailure(state, slot, breaker ?? asNew(agent, policyOf(slot)), error);
    else if (says === "succeeded") reset(state, agent);
    return;
  }
  const { probe } = breaker;
  if (probe === null || probe.token !== token || probe.id !== slot.id) return;
  if (says === "succeeded") reset(state, agent);
  else if (says === "failed") open(state, { ...breaker, ...failedOnce(state, slot, breaker, error) });
  else change(state, { ...breaker, probe: null });
}

function verdict(slot: JobSlot, end: AttemptEnd): "failed" | "succeeded" | "nothing" {
  switch (end) {
    case "completed":
      return "succeeded";
    case "failed":
    case "expired":
    case "timedOut":
      return slot.cancelRequested ? "nothing" : "failed";
    case "released":
    case "cancelled":
      return "nothing";
  }
}

function countFailure(state: MachineState, slot: JobSlot, breaker: Breaker, error: string): void {
  const { threshold } = policyOf(slot);
  if (threshold === 0) return;
  const after = { ...breaker, ...failedOnce(state, slot, breaker, error) };
  if (after.failures >= threshold) open(state, after);
  else change(state, after);
}

function failedOnce(state: MachineState, slot: JobSlot, breaker: Breaker, error: string) {
  const policy = policyOf(slot);
  return {
    failures: breaker.failures + 1,
    lastFailedAt: state.now,
    lastError: cutText(error, maxBreakerErrorLength),
    // A probe's failure counts whatever its queue says: it was let through to find out.
    policy: policy.threshold === 0 ? breaker.policy : policy,
  };
}

function open(state: MachineState, breaker: Breaker): void {
  const openings = breaker.openings + 1;
  change(state, {
    ...breaker,
    state: "open",
    openings,
    openedAt: state.now,
    openUntil: LogTimeMs(state.now + openMs(breaker.policy, openings)),
    probe: null,
    byHand: null,
  });
}

/** initialOpenMs * 2^(openings - 1), at most maxOpenMs. */
function openMs({ initialOpenMs, maxOpenMs }: BreakerPolicy, openings: number): number {
  let ms = initialOpenMs;
  for (let n = 1; n < openings && ms < maxOpenMs; n++) ms *= 2;
  return Math.max(1, Math.min(ms, maxOpenMs));
}

/** By hand. Returns the breaker as it is afterwards. */
export function setBreaker(state: MachineState, command: SetBreaker): Breaker {
  const { agent, by, openMs: forMs } = command;
  const breaker = state.breakers.get(agent) ?? asNew(agent, defaultBreakerPolicy);
  if (!command.open) {
    reset(state, agent);
    state.hash.mix(state.now);
    return asNew(agent, breaker.policy);
  }
  const opened: Breaker = {
    ...breaker,
    state: "open",
    openedAt: state.now,
    openUntil: LogTimeMs(forMs === 0 ? 0 : state.now + forMs),
    probe: null,
    byHand: { by, why: cutText(command.why, maxReasonLength), at: state.now },
  };
  change(state, opened);
  return opened;
}

/** Breakers whose time has come: open ones become half-open, closed ones that are long quiet are forgotten. Returns how many. */
export function fireBreakers(state: MachineState, max: number): number {
  const { breakers } = state;
  let fired = 0;
  for (; fired < max && (breakers.nextAt() ?? state.now + 1) <= state.now; fired++) {
    const breaker = breakers.next();
    if (breaker === null) break;
    if (breaker.state === "closed") reset(state, breaker.agent);
    else change(state, { ...breaker, state: "halfOpen", openUntil: null, byHand: null });
  }
  return fired;
}

/** Why the job may not be taken in, for an enqueue that asks; null when it may. */
export function refusedByBreaker(state: MachineState, spec: JobSpec): Refusal<EnqueueError> | null {
  if (spec.rejectWhenOpen !== true) return null;
  const breaker = state.breakers.get(spec.agent);
  if (breaker?.state !== "open") return null;
  const { openUntil, byHand } = breaker;
  const until =
    openUntil === null || openUntil === 0 ? "until it is reset by hand" : `until ${isoTime(openUntil)}`;
  const why =
    byHand === null
      ? withText("; last error: ", breaker.lastError)
      : `; opened by hand at ${isoTime(byHand.at)}${byHandText(byHand)}`;
  const message = `the breaker of agent ${spec.agent} is open ${until}${why}`;
  return { code: "BREAKER_OPEN", message: cutText(message, maxReasonLength) };
}

function policyOf(slot: JobSlot): BreakerPolicy {
  return slot.queue.settings.breaker ?? defaultBreakerPolicy;
}

function reset(state: MachineState, agent: string): void {
  const before = state.breakers.get(agent);
  if (before === undefined) return;
  state.breakers.forget(agent);
  mix(state, agent, 0);
  if (before.state !== "closed") notify(state, asNew(agent, before.policy));
}

/**
 * Where as many are remembered as may be, the longest quiet one makes room; with none of them the half-open one that opened
 * first and whose agent has no job to try, which may never come. While all others are open no further one counts.
 */
function change(state: MachineState, breaker: Breaker): void {
  const before = state.breakers.get(breaker.agent);
  if (before === undefined && state.breakers.size >= maxBreakers) {
    const { quietest, longestUntried } = state.breakers;
    const least = quietest ?? (state.rules >= 1 ? longestUntried : null);
    if (least === null) return;
    reset(state, least);
  }
  state.breakers.put(breaker);
  mix(state, breaker.agent, breaker.failures * 4 + (breaker.state === "open" ? 2 : 1));
  if ((before?.state ?? "closed") !== breaker.state) notify(state, breaker);
}

function notify(state: MachineState, breaker: Breaker): void {
  state.notices.push({ type: "breakerChanged", breaker });
}

function mix(state: MachineState, agent: string, detail: number): void {
  state.hash.mix(hash32(agent));
  state.hash.mix(detail);
}

function asNew(agent: string, policy: BreakerPolicy): Breaker {
  return {
    agent,
    state: "closed",
    failures: 0,
    openings: 0,
    openedAt: LogTimeMs(0),
    openUntil: null,
    probe: null,
    byHand: null,
    lastFailedAt: LogTimeMs(0),
    lastError: "",
    policy,
  };
}
