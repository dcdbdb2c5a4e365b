import type { Logger } from "../../base/logger.ts";
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
}

/** What one stream may have under way before it is no longer read from. */
export interface StreamLimits {
  readonly maxRequests: number;
  readonly maxBytes: number;
}
