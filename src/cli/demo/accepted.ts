import type { DemoRecord } from "./audit.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The tokens with which completions of each job were accepted, as the workers' ledgers tell. What a worker that
 * stopped in order sent was accepted unless it noted otherwise. What a killed worker sent is in doubt: it counts
 * as accepted unless the cluster ended that very claim otherwise (its lease expired), which the job's history says.
 */
export function acceptedCompletions(
  ledgers: readonly Ledger[],
  records: ReadonlyMap<string, DemoRecord>,
): ReadonlyMap<string, readonly number[]> {
  const accepted = new Map<string, number[]>();
  for (const ledger of ledgers) {
    const open = countOf([...ledger.refused, ...ledger.unanswered]);
    // A worker's refused completion of a job is its earliest: a later claim of the job had superseded it.
    for (const { job, token } of ledger.sent) {
      const notAccepted = open.get(job) ?? 0;
      if (notAccepted > 0) {
        open.set(job, notAccepted - 1);
        continue;
      }
      if (!ledger.closed && endedOtherwise(records.get(job), token)) continue;
      accepted.set(job, [...(accepted.get(job) ?? []), token]);
    }
  }
  return accepted;
}

/** Completions that the cluster refused because another claim had taken the job's place. */
export function refusedCompletions(ledgers: readonly Ledger[]): number {
  return ledgers.reduce((sum, ledger) => sum + ledger.refused.length, 0);
}

function endedOtherwise(record: DemoRecord | undefined, token: number): boolean {
  return record?.history.some((attempt) => attempt.token === token && attempt.end !== "completed") ?? false;
}

function countOf(jobs: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const job of jobs) counts.set(job, (counts.get(job) ?? 0) + 1);
  return counts;
}
