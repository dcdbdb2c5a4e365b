import type { JobFilter } from "./jobFilter.ts";
import type { JobSummary } from "./jobView.ts";

export interface ListFilter extends JobFilter {
  /** Jobs a page; 1 to 1000, default 100. */
  readonly limit?: number | undefined;
  /** Begin there: `after` of an earlier page, or the id of a job that is still kept. */
  readonly after?: string | undefined;
}

/** Jobs in the order of enqueueing. */
export interface JobPage {
  /** None only at the end; fewer than `limit` also where few of very many fit. */
  readonly jobs: readonly JobSummary[];
  /** Where the next page begins; undefined on the last one. */
  readonly after: string | undefined;
}

/** A list that is still to be read: a promise of its first page, and an async iterable of all pages. */
export interface JobList extends PromiseLike<JobPage>, AsyncIterable<JobPage> {}

export function jobList(from: string, readPage: (after: string) => Promise<JobPage>): JobList {
  /** A filter that fits few of very many gives empty pages before the end: they are passed over. */
  const nextPage = async (from: string): Promise<JobPage> => {
    let page = await readPage(from);
    while (page.jobs.length === 0 && page.after !== undefined) page = await readPage(page.after);
    return page;
  };
  return {
    then(onFulfilled, onRejected) {
      return nextPage(from).then(onFulfilled, onRejected);
    },
    async *[Symbol.asyncIterator]() {
      let after: string | undefined = from;
      while (after !== undefined) {
        const page: JobPage = await nextPage(after);
        // A last page that was exactly full is followed by an empty one.
        if (page.jobs.length > 0 || after === from) yield page;
        after = page.after;
      }
    },
  };
}
