import type { Managed } from "../../client/index.ts";
import type { Answer } from "../output/print.ts";

/** What became of jobs by hand: `act` is what was done. */
export function managedAnswer(act: string, { matched, done, jobs }: Managed, dryRun: boolean): Answer {
  const what = dryRun ? "would be done" : "done";
  return {
    json: {
      dryRun,
      matched,
      done,
      results: jobs.map(({ id, state, error }) => ({
        id,
        state: state ?? null,
        error: error === undefined ? null : { code: error.code, message: error.message },
      })),
    },
    columns: [{ title: "ID" }, { title: "STATE" }, { title: "ERROR" }],
    rows: jobs.map(({ id, state, error }) => [
      id,
      state ?? "-",
      error === undefined ? "-" : `${error.code}: ${error.message}`,
    ]),
    note:
      `${act}: ${done} of ${matched} ${what}` +
      (jobs.length < matched ? `; ${jobs.length} of them are shown` : ""),
  };
}
