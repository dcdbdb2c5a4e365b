import type { Logger } from "../base/logger.ts";
import { httpOrigin } from "./httpOrigin.ts";
import type { LeaderDuties } from "./leaderDuties.ts";
import { type Origin, Poller, type PollerOptions } from "./poller.ts";
import { asFailure } from "./pollFailure.ts";
import type { FunctionOrigin, SourceSettings } from "./sourceTypes.ts";

export interface SourcesOptions extends Omit<PollerOptions, "settings" | "origin"> {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  readonly wallMs: () => number;
}

/** Makes the polling of each source a duty of the leader. */
export function pollWhileLeader(
  duties: LeaderDuties,
  sources: readonly SourceSettings[],
  options: SourcesOptions,
): void {
  for (const settings of sources) {
    const origin = originOf(settings, options);
    const logger: Logger = options.logger.child({ source: settings.name });
    options.telemetry.sourceKnown(settings.name);
    duties.whileLeader((context) => new Poller({ ...options, settings, origin, logger }, context).run(), {
      name: `source/${settings.name}`,
    });
  }
}

function originOf({ origin }: SourceSettings, options: SourcesOptions): Origin {
  return origin.type === "http" ? httpOrigin({ ...options, endpoint: origin }) : functionOrigin(origin);
}

function functionOrigin({ poll, ack }: FunctionOrigin): Origin {
  return {
    poll: async (request) => {
      const items: unknown = await poll(request);
      if (Array.isArray(items)) return items;
      throw asFailure(new TypeError("the source's function returned no array of items"), "invalid");
    },
    ack: ack === undefined ? null : async (ids, request) => await ack(ids, request),
  };
}
