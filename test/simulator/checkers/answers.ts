import type { Applied, Outcome } from "../../../src/machine/types.ts";
import { digest } from "./digest.ts";

/**
 * What an entry came to, in few characters, the last of which stand for all of it: a node that answers otherwise than the others has another state, even if its
 * hash, which it may have read from a checkpoint, does not say so.
 */
export function answersIn(applied: Applied): string {
  const { outcomes, events, notices, claimNews } = applied;
  const parts = outcomes.map(answerOf);
  return `${parts.join(";")} ${events.length} ${notices.length} ${claimNews.length} #${digest(applied)}`;
}

function answerOf(outcome: Outcome): string {
  switch (outcome.type) {
    case "enqueue":
      return outcome.results
        .map(({ id, state, existing, refusal }) => refusal?.code ?? `${id} ${state} ${existing}`)
        .join();
    case "claim":
      return outcome.jobs
        .map(({ id, attempt, checkpoint }) => `${id} ${attempt} ${checkpoint?.data.length ?? ""}`)
        .join();
    case "act":
      return outcome.results.map((result) => (result.ok ? result.type : result.code)).join();
    case "cancel":
    case "manage":
      return outcome.results.map((result) => (result.ok ? result.state : result.code)).join();
    case "expireClaims":
      return `${outcome.expired}`;
    case "fireTimers":
      return `${outcome.fired}`;
    case "resumeWorker":
      return `${outcome.released}`;
    case "beginTerm":
      return "";
    case "setQueue":
      return outcome.settings.queue;
    case "setBreaker":
      return `${outcome.breaker.state} ${outcome.breaker.openings}`;
    case "putSchedule":
      return `${outcome.change} ${outcome.schedule.fired} ${outcome.schedule.skipped}`;
    case "deleteSchedule":
      return `${outcome.found}`;
    case "pauseSchedule":
      return `${outcome.schedule?.nextDueAt}`;
    case "fireSchedule":
      return `${outcome.enqueued}`;
  }
}
