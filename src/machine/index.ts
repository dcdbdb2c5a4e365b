export { backoffDelayMs } from "./backoff.ts";
export type * from "./explain.ts";
export {
  maxErrorLength,
  maxFinishedJobs,
  maxFiredPerCommand,
  maxHistory,
  maxReasonLength,
} from "./limits.ts";
export { Machine } from "./machine.ts";
export { newestRules } from "./rules.ts";
export type * from "./types.ts";
export { jobStates, priorities } from "./types.ts";
export type * from "./view.ts";
