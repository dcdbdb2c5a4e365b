import { FencingToken, JobId, LogIndex, LogTimeMs, NodeId } from "../../../src/base/brands.ts";
import { pageJobs } from "../../../src/machine/records.ts";
import type { JobRecord, MetaRecord } from "../../../src/machine/types.ts";
import type { Configuration } from "../../../src/raft/types.ts";

/** In the order of the numbers in ids, or else of their first letters; each job has a page of its own. */
export function sequenceOf(id: string): number {
  const numbers = id.match(/\d+/g)?.map(Number) ?? [id.charCodeAt(0)];
  return pageJobs * numbers.reduce((total, number) => total * 100_000 + number, 1);
}

export function jobRecord(id: string, attempt = 0, payloadBytes = 30): JobRecord {
  return {
    kind: "job",
    job: {
      spec: {
        id: JobId(id),
        queue: "mail",
        priority: "normal",
        payload: Uint8Array.from(Buffer.alloc(payloadBytes, id)),
        agent: "",
        runAt: LogTimeMs(0),
        delayMs: 0,
        retry: {
          maxAttempts: 3,
          initialBackoffMs: 1000,
          multiplier: 2,
          maxBackoffMs: 60_000,
          jitter: "equal",
        },
        leaseMs: 30_000,
        retentionMs: 60_000,
        deadRetentionMs: 60_000,
      },
      state: "ready",
      attempt,
      enqueuedAt: LogTimeMs(1_800_000_000_000),
      dueAt: LogTimeMs(0),
      claim: null,
      lastToken: FencingToken(0),
      history: [],
      result: null,
      finishedAt: null,
      reason: "",
      cancelRequested: false,
    },
    sequence: sequenceOf(id),
    readyOrder: 1,
    lastEnd: null,
  };
}

/** Of a cluster whose membership was never changed. */
export const configuration: Configuration = {
  index: LogIndex(0),
  membership: { voters: [NodeId("n1"), NodeId("n2"), NodeId("n3")], outgoing: [], learners: [] },
};

export function metaRecord(appliedIndex: number): MetaRecord {
  return {
    kind: "meta",
    appliedIndex: LogIndex(appliedIndex),
    now: LogTimeMs(1_800_000_000_000),
    nextSequence: 2,
    nextReadyOrder: 2,
    stateHash: "00",
    totals: { enqueued: 1, purged: 0, attempts: 0, failures: 0, deaths: 0 },
  };
}
