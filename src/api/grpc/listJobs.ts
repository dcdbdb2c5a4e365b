import { listReply } from "../../codec/api/jobRequests.ts";
import type { ListReply } from "../../generated/conclave/v1/ListReply.ts";
import type { JobPage } from "../../machine/list.ts";
import type { Job, JobFilter } from "../../machine/types.ts";
import type { MachineView } from "../../machine/view.ts";

/** Jobs that one call looks at, in slices between which others have their turn: some ten milliseconds in all. */
const maxExamined = 20_000;

/** A page for `Jobs.List`. It may be empty and yet have a `next`: a filter may fit few of very many. */
export async function listJobs(state: Pick<MachineView, "page">, filter: JobFilter): Promise<ListReply> {
  // One more than is shown tells whether there is another page.
  const wanted = filter.limit + 1;
  const jobs: Job[] = [];
  const sequences: number[] = [];
  let examined = 0;
  let next: JobPage["next"] = null;
  do {
    if (next !== null) await new Promise((resolve) => setImmediate(resolve));
    const from = next === null ? {} : { after: next.id, afterSequence: next.sequence };
    const found = state.page({ ...filter, ...from, limit: wanted - jobs.length });
    jobs.push(...found.jobs);
    sequences.push(...found.sequences);
    examined += found.examined;
    next = found.next;
  } while (next !== null && examined < maxExamined);
  return listReply({ jobs, sequences, next }, filter.limit);
}
