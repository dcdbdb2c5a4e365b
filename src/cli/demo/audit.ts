import type { Job, QueueCounts } from "../../client/index.ts";
import { acceptedCompletions } from "./accepted.ts";
import type { DemoJob, DemoPayload } from "./corpus.ts";
import type { FileFacts } from "./facts.ts";
import type { Ledger } from "./ledger.ts";
import { hopelessAttempts } from "./producer.ts";

export type DemoRecord = Job<DemoPayload, FileFacts>;

/** Everything the audit rests on, gathered after the last job ended. */
export interface Evidence {
  readonly jobs: readonly DemoJob[];
  /** Jobs that the cluster acknowledged to the producer. */
  readonly acknowledged: number;
  /** What the cluster says of each; a job that it does not know is missing. */
  readonly records: ReadonlyMap<string, DemoRecord>;
  readonly counts: QueueCounts;
  /** By path, computed in the demo's own process. */
  readonly facts: ReadonlyMap<string, FileFacts>;
  /** Paths of files that somebody changed or removed meanwhile: nothing can be said of their results. */
  readonly changed: ReadonlySet<string>;
  readonly ledgers: readonly Ledger[];
  /** One hash a node, all at the same applied index. */
  readonly stateHashes: readonly string[];
  readonly nodes: number;
  readonly termBefore: number;
  readonly termAfter: number;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was counted, or the first things that are wrong. */
  readonly detail: string;
}

const firstBackoffMs = 1000;

/** Holds the evidence against what a run must show; every check is in the result, failed or not. */
export function audit(evidence: Evidence): readonly Check[] {
  return [
    nothingLost(evidence),
    sumsUp(evidence),
    hopelessIsDead(evidence),
    resultsAreRight(evidence),
    acceptedOnce(evidence),
    failuresWereRetried(evidence),
    tokensGrow(evidence),
    nodesAgree(evidence),
  ];
}

function nothingLost({ jobs, acknowledged, records }: Evidence): Check {
  const lost = jobs.filter((job) => !records.has(job.id)).map((job) => job.payload.path);
  const ok = acknowledged === jobs.length && lost.length === 0;
  const counted = `${acknowledged} acknowledged of ${jobs.length}, ${records.size} found`;
  return { name: "nothing lost", ok, detail: ok ? counted : `${counted}; ${firstOf("lost", lost)}` };
}

function sumsUp({ jobs, counts }: Evidence): Check {
  const { completed, dead, cancelled, running, scheduled, ready } = counts;
  const open = cancelled + running + scheduled + ready.high + ready.normal + ready.low;
  return {
    name: "enqueued = completed + dead",
    ok: jobs.length === completed + dead && open === 0,
    detail: `${jobs.length} = ${completed} + ${dead}${open === 0 ? "" : `, and ${open} in other states`}`,
  };
}

function hopelessIsDead({ jobs, records, changed }: Evidence): Check {
  const wrong = jobs.filter((job) => {
    if (changed.has(job.payload.path)) return false;
    const record = records.get(job.id);
    if (!job.hopeless) return record?.state !== "completed";
    // An attempt that was in the killed worker's hands expired instead of failing.
    const spent = record?.history.filter(({ end }) => end === "failed" || end === "expired").length;
    return record?.state !== "dead" || record.reason === "" || spent !== hopelessAttempts;
  });
  const dead = jobs
    .filter((job) => job.hopeless)
    .map((job) => records.get(job.id)?.reason.split("\n")[0] ?? "");
  return {
    name: "the hopeless job is dead with its history, and no other",
    ok: wrong.length === 0 && dead.length > 0,
    detail:
      wrong.length === 0
        ? `reason: ${dead.join("; ")}`
        : firstOf(
            "wrong",
            wrong.map((job) => job.payload.path),
          ),
  };
}

function resultsAreRight({ jobs, records, facts, changed }: Evidence): Check {
  const wrong = jobs
    .filter((job) => !job.hopeless && !changed.has(job.payload.path))
    .filter((job) => {
      const given = records.get(job.id)?.result;
      const right = facts.get(job.payload.path);
      return (
        given === undefined ||
        given.sha256 !== right?.sha256 ||
        given.lines !== right.lines ||
        given.bytes !== right.bytes
      );
    })
    .map((job) => job.payload.path);
  const besides = changed.size === 0 ? "" : `, ${changed.size} changed meanwhile and left out`;
  const compared = `${facts.size} files compared${besides}`;
  return {
    name: "every result equals a direct computation",
    ok: wrong.length === 0 && facts.size > 0,
    detail: wrong.length === 0 ? compared : firstOf("different", wrong),
  };
}

function acceptedOnce({ jobs, records, ledgers }: Evidence): Check {
  const accepted = acceptedCompletions(ledgers, records);
  const wrong = jobs
    .filter((job) => {
      const tokens = accepted.get(job.id) ?? [];
      const record = records.get(job.id);
      if (record?.state !== "completed") return tokens.length > 0;
      return tokens.length !== 1 || tokens[0] !== record.lastToken;
    })
    .map(
      (job) =>
        `${job.payload.path} (accepted with tokens ${(accepted.get(job.id) ?? []).join(", ") || "none"})`,
    );
  return {
    name: "no completion accepted twice, each with the job's last token",
    ok: wrong.length === 0,
    detail: wrong.length === 0 ? `${accepted.size} in the workers' ledgers` : firstOf("wrong", wrong),
  };
}

function failuresWereRetried({ jobs, records }: Evidence): Check {
  const failing = jobs.filter((job) => job.payload.failFirst > 0 || job.hopeless);
  const wrong = failing.filter((job) => !wasRetried(job, records.get(job.id))).map((job) => job.payload.path);
  return {
    name: "failed attempts were retried, each after its backoff",
    ok: wrong.length === 0,
    detail: wrong.length === 0 ? `${failing.length} jobs` : firstOf("wrong", wrong),
  };
}

/** Each attempt that was to fail did (or its worker died), and the next began no sooner than half its delay. */
function wasRetried(job: DemoJob, record: DemoRecord | undefined): boolean {
  if (record === undefined) return false;
  const toFail = job.hopeless ? hopelessAttempts : job.payload.failFirst;
  const ended = record.history.filter((attempt) => attempt.end === "failed" || attempt.end === "expired");
  if (ended.filter((attempt) => attempt.attempt <= toFail).length < toFail) return false;
  return ended.every((attempt, at) => {
    const isLast = job.hopeless && at === ended.length - 1;
    const nextBegan = ended[at + 1]?.startedAtMs ?? record.finishedAtMs ?? 0;
    const least = (firstBackoffMs * 2 ** (attempt.attempt - 1)) / 2;
    return isLast || attempt.end === "expired" || nextBegan - attempt.endedAtMs >= least;
  });
}

function tokensGrow({ records }: Evidence): Check {
  const wrong = [...records.values()].filter((record) => {
    const tokens = [...record.history.map((attempt) => attempt.token), record.lastToken];
    return tokens.some((token, at) => at > 0 && token < (tokens[at - 1] ?? 0));
  });
  return {
    name: "fencing tokens only grow",
    ok: wrong.length === 0,
    detail:
      wrong.length === 0
        ? `${records.size} jobs`
        : firstOf(
            "wrong",
            wrong.map((record) => record.id),
          ),
  };
}

function nodesAgree({ stateHashes, nodes, termBefore, termAfter }: Evidence): Check {
  return {
    name: "a new leader took over, and all nodes hold the same state",
    ok: termAfter > termBefore && stateHashes.length === nodes && new Set(stateHashes).size === 1,
    detail: `term ${termBefore} -> ${termAfter}; state hashes ${[...new Set(stateHashes)].join(", ")} on ${stateHashes.length} nodes`,
  };
}

function firstOf(label: string, items: readonly string[]): string {
  const more = items.length > 3 ? `, and ${items.length - 3} more` : "";
  return `${label}: ${items.slice(0, 3).join(", ")}${more}`;
}
