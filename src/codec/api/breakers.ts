import type { Breaker } from "../../generated/conclave/v1/Breaker.ts";
import type { SetBreakerRequest__Output } from "../../generated/conclave/v1/SetBreakerRequest.ts";
import type * as machine from "../../machine/types.ts";
import { byWhom, line, refuse, within } from "./check.ts";
import { wireBreakerState } from "./enums.ts";
import { limits } from "./limits.ts";
import { byHandToWire } from "./queueSettings.ts";

export function breakerOrder(request: SetBreakerRequest__Output): machine.SetBreaker {
  const { open, openMs } = request;
  if (openMs !== 0 && !open) refuse("open_ms", `is ${openMs}, but open is not set: the breaker is reset`);
  return {
    type: "setBreaker",
    agent: agentName("agent", request.agent),
    open,
    openMs: within("open_ms", openMs, 0, limits.maxDelayMs, " (milliseconds; 0: until it is reset)"),
    ...byWhom("", request),
  };
}

/** Throws INVALID_ARGUMENT unless it can name an agent. */
export function agentName(field: string, value: string): string {
  if (value === "") refuse(field, `is empty; it needs 1 to ${limits.maxAgentCharacters} characters`);
  return line(field, value, limits.maxAgentCharacters);
}

export function breakerToWire(breaker: machine.Breaker): Breaker {
  return {
    agent: breaker.agent,
    state: wireBreakerState[breaker.state],
    failures: breaker.failures,
    openings: breaker.openings,
    openedAtMs: breaker.openedAt,
    openUntilMs: breaker.openUntil ?? 0,
    probeId: breaker.probe?.id ?? "",
    probeToken: breaker.probe?.token ?? 0,
    byHand: byHandToWire(breaker.byHand),
    lastError: breaker.lastError,
    policy: breaker.policy,
  };
}
