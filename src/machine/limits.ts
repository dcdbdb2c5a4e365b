/** Ended attempts that a job remembers; the oldest go first. */
export const maxHistory = 20;
/** Characters (UTF-16 units) kept of a worker's error text. */
export const maxErrorLength = 8_192;
/** Characters kept of the error that counted against an agent last. */
export const maxBreakerErrorLength = 1_024;
/** Characters kept of the reason a canceller gives. */
export const maxReasonLength = 1_024;
/**
 * Completed and cancelled jobs kept for reading, in all queues together; beyond it those go first whose retention would
 * end first. Retention by time alone would fill the memory: 5,000 jobs a second make 18 million in the default hour.
 */
export const maxFinishedJobs = 100_000;
/** Agents whose failures are remembered; beyond it the one that has been quiet for longest is forgotten. */
export const maxBreakers = 100_000;
/** Keys of one priority of a queue whose last turn is remembered; beyond it all begin anew. */
export const maxTurns = 10_000;
/** Jobs that one `fireTimers` promotes or purges: what is left is due at once again. */
export const maxFiredPerCommand = 2_000;
/** Dependents told of ends by one entry, and once more of deletes, beside what `fireTimers` does; by what each costs. */
export const maxToldPerEntry = 1_000;
/** Bytes of all results that a job is handed up. */
export const maxDependencyResults = 1024 * 1024;
/** Characters kept of a dependency's reason. */
export const maxDependencyReason = 256;

/**
 * The first `max` UTF-16 units of `text`. Never ends in half a surrogate pair: encoding would replace it, and a
 * node restored from its records would then hold another text than one that replayed the log.
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? max - 1 : max);
}
