import { type DeliverableJob, releaseAll } from "../../codec/api/claims.ts";
import type { ServiceContext } from "./context.ts";
import { endsStream } from "./leadership.ts";

/**
 * Releases claims whose jobs cannot be delivered, so that others get them at once and no attempt is spent. Should
 * that fail, the leases run out by themselves; another leader's claims are not ours to release.
 */
export async function giveBack(context: ServiceContext, jobs: readonly DeliverableJob[]): Promise<void> {
  if (jobs.length === 0) return;
  try {
    await context.node.act(releaseAll(jobs));
  } catch (error) {
    const fields = { err: error, jobs: jobs.length };
    if (endsStream(error)) context.logger.debug(fields, "undelivered claims stay until their leases end");
    else context.logger.warn(fields, "undelivered claims could not be released; their leases will end them");
  }
}
