import type { Logger } from "../../base/logger.ts";
import type { SizeLimits } from "../../codec/api/limits.ts";
import type { NodeService } from "../../node/service.ts";
import type { ErrorReporter } from "./errorReporter.ts";
import type { LiveCalls } from "./liveCalls.ts";

/** What every service works with. */
export interface ServiceContext {
  readonly node: NodeService;
  readonly errors: ErrorReporter;
  readonly calls: LiveCalls;
  readonly logger: Logger;
  readonly streamLimits: StreamLimits;
  readonly sizes: SizeLimits;
  /** How long polls wait. */
  readonly after: After;
}

/** Calls back after so many ms; the returned function makes it not. */
export type After = (delayMs: number, callback: () => void) => () => void;

export const afterReally: After = (delayMs, callback) => {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
};

/** What one stream may have under way before it is no longer read from. */
export interface StreamLimits {
  readonly maxRequests: number;
  readonly maxBytes: number;
}
