import { describe, expect, test } from "vitest";
import { acceptedCompletions, refusedCompletions } from "../../src/cli/demo/accepted.ts";
import { audit, type DemoRecord, type Evidence } from "../../src/cli/demo/audit.ts";
import type { DemoJob } from "../../src/cli/demo/corpus.ts";
import { type Ledger, parseLedger } from "../../src/cli/demo/ledger.ts";
import type { AttemptView } from "../../src/client/index.ts";

const facts = { sha256: "aa", lines: 3, bytes: 9 };

function attempt(number: number, token: number, end: AttemptView["end"], startedAtMs: number): AttemptView {
  const error = end === "failed" ? "on purpose" : "";
  return { attempt: number, token, workerId: "w1", startedAtMs, endedAtMs: startedAtMs + 10, end, error };
}

function record(job: DemoJob, overrides: Partial<DemoRecord> = {}): DemoRecord {
  return {
    id: job.id,
    queue: "demo.files",
    priority: "normal",
    agent: "",
    state: "completed",
    attempt: 1,
    maxAttempts: 5,
    retry: {
      backoff: "exponential",
      delaysMs: [],
      initialBackoffMs: 1000,
      multiplier: 2,
      maxBackoffMs: 60_000,
      jitter: "equal",
    },
    leaseMs: 5000,
    tags: [],
    key: "",
    dedup: undefined,
    timeouts: { queueMs: 0, attemptMs: 0, totalMs: 0 },
    rejectWhenOpen: false,
    enqueuedAtMs: 1,
    dueAtMs: undefined,
    finishedAtMs: 5000,
    claim: undefined,
    lastToken: 10,
    history: [],
    reason: "",
    cancelRequested: false,
    progress: undefined,
    checkpoint: undefined,
    onFailure: undefined,
    dependencies: [],
    data: job.payload,
    result: facts,
    ...overrides,
  };
}

const plainJob: DemoJob = { id: "a", payload: { path: "/a", failFirst: 0 }, hopeless: false, stamp: "s" };
const failingJob: DemoJob = { id: "b", payload: { path: "/b", failFirst: 1 }, hopeless: false, stamp: "s" };
const hopelessJob: DemoJob = {
  id: "c",
  payload: { path: "/c", failFirst: 0 },
  hopeless: true,
  stamp: "gone",
};

const failedOnce = record(failingJob, {
  attempt: 2,
  lastToken: 12,
  history: [attempt(1, 11, "failed", 100)],
});
const dead = record(hopelessJob, {
  state: "dead",
  reason: "ENOENT",
  result: undefined,
  attempt: 3,
  lastToken: 23,
  finishedAtMs: 4010,
  history: [attempt(1, 21, "failed", 0), attempt(2, 22, "failed", 1000), attempt(3, 23, "failed", 4000)],
});

const ledger: Ledger = {
  worker: "w1",
  sent: [
    { job: "a", token: 10, attempt: 1 },
    { job: "b", token: 12, attempt: 2 },
  ],
  refused: [],
  unanswered: [],
  closed: true,
};

const good: Evidence = {
  jobs: [plainJob, failingJob, hopelessJob],
  acknowledged: 3,
  records: new Map([record(plainJob), failedOnce, dead].map((each) => [each.id, each])),
  counts: {
    queue: "demo.files",
    ready: { high: 0, normal: 0, low: 0 },
    scheduled: 0,
    running: 0,
    completed: 2,
    dead: 1,
    cancelled: 0,
    waiting: 0,
  },
  facts: new Map([
    ["/a", facts],
    ["/b", facts],
  ]),
  changed: new Set(),
  ledgers: [ledger],
  stateHashes: ["h", "h", "h"],
  nodes: 3,
  termBefore: 1,
  termAfter: 2,
};

function failedChecks(evidence: Evidence): string[] {
  return audit(evidence).flatMap((check) => (check.ok ? [] : [check.name]));
}

function withRecord(...changed: DemoRecord[]): Evidence {
  return { ...good, records: new Map([...good.records, ...changed.map((each) => [each.id, each] as const)]) };
}

describe("the demo's audit", () => {
  test("passes a run in which all went as it should", () => {
    expect(audit(good).filter((check) => !check.ok)).toEqual([]);
    expect(audit(good)).toHaveLength(8);
  });

  const lost = "nothing lost";
  const sum = "enqueued = completed + dead";
  const onlyDead = "the hopeless job is dead with its history, and no other";
  const results = "every result equals a direct computation";
  const once = "no completion accepted twice, each with the job's last token";
  const retried = "failed attempts were retried, each after its backoff";
  const tokens = "fencing tokens only grow";
  const agree = "a new leader took over, and all nodes hold the same state";

  const planted: readonly (readonly [string, Evidence, readonly string[]])[] = [
    ["an unacknowledged job", { ...good, acknowledged: 2 }, [lost]],
    [
      "a lost job",
      { ...good, records: new Map([...good.records].filter(([id]) => id !== "a")) },
      [lost, onlyDead, results, once],
    ],
    ["a job left over", { ...good, counts: { ...good.counts, completed: 1, running: 1 } }, [sum]],
    ["another dead job", withRecord(record(plainJob, { state: "dead", reason: "x" })), [onlyDead, once]],
    ["a dead job without a reason", withRecord({ ...dead, reason: "" }), [onlyDead]],
    [
      "a hopeless job tried too often",
      withRecord({ ...dead, history: [...dead.history, attempt(4, 24, "failed", 9000)], lastToken: 24 }),
      [onlyDead],
    ],
    ["a wrong hash", withRecord(record(plainJob, { result: { ...facts, sha256: "bb" } })), [results]],
    ["a wrong line count", withRecord(record(plainJob, { result: { ...facts, lines: 4 } })), [results]],
    [
      "a completion accepted twice",
      { ...good, ledgers: [ledger, { ...ledger, worker: "w2", sent: [{ job: "a", token: 9, attempt: 1 }] }] },
      [once],
    ],
    ["a completion with an older token", withRecord(record(plainJob, { lastToken: 13 })), [once]],
    [
      "a result that no worker sent",
      { ...good, ledgers: [{ ...ledger, sent: ledger.sent.slice(1) }] },
      [once],
    ],
    ["a failure on purpose that did not happen", withRecord({ ...failedOnce, history: [] }), [retried]],
    ["a retry before its backoff", withRecord({ ...failedOnce, finishedAtMs: 609 }), [retried]],
    [
      "tokens that go back",
      withRecord({ ...failedOnce, history: [attempt(1, 13, "failed", 100)] }),
      [tokens],
    ],
    ["no new leader", { ...good, termAfter: 1 }, [agree]],
    ["nodes that differ", { ...good, stateHashes: ["h", "h", "i"] }, [agree]],
    ["a node that did not come back", { ...good, stateHashes: ["h", "h"] }, [agree]],
  ];

  test.each(planted)("catches %s", (_name, evidence, expected) => {
    expect(failedChecks(evidence)).toEqual(expected);
  });

  test("lets the hopeless job spend an attempt in the killed worker's hands", () => {
    const [first, second, third] = dead.history;
    const history = [first, second && { ...second, end: "expired" as const }, third].filter(
      (each) => each !== undefined,
    );
    expect(failedChecks(withRecord({ ...dead, history }))).toEqual([]);
  });

  test("leaves out files that were changed meanwhile", () => {
    const evidence = withRecord(record(plainJob, { result: { ...facts, sha256: "old" } }));
    expect(failedChecks({ ...evidence, changed: new Set(["/a"]) })).toEqual([]);
  });
});

describe("the workers' ledgers", () => {
  const records = good.records;
  const sent = (job: string, token: number) => ({ job, token, attempt: 1 });

  test("are read line by line", () => {
    const text = [
      { type: "sent", job: "a", token: 10, attempt: 1 },
      { type: "refused", job: "a", code: "STALE_TOKEN" },
      { type: "unanswered", job: "b" },
      { type: "closed" },
    ];
    expect(parseLedger("w1", `${text.map((line) => JSON.stringify(line)).join("\n")}\n`)).toEqual({
      worker: "w1",
      sent: [{ type: "sent", ...sent("a", 10) }],
      refused: ["a"],
      unanswered: ["b"],
      closed: true,
    });
    expect(parseLedger("w1", "").closed).toBe(false);
  });

  test("a refused or unanswered completion was not accepted, a later one of the same job was", () => {
    const ledgers = [{ ...ledger, sent: [sent("a", 7), sent("b", 12), sent("a", 10)], refused: ["a"] }];
    expect([...acceptedCompletions(ledgers, records)]).toEqual([
      ["b", [12]],
      ["a", [10]],
    ]);
    expect(refusedCompletions(ledgers)).toBe(1);
    const unanswered = [{ ...ledger, sent: [sent("a", 10)], unanswered: ["a"] }];
    expect(acceptedCompletions(unanswered, records).size).toBe(0);
  });

  test("what a killed worker sent counts, unless the cluster ended that claim otherwise", () => {
    const killed = { ...ledger, closed: false, sent: [sent("a", 10), sent("b", 11)] };
    expect([...acceptedCompletions([killed], records)]).toEqual([["a", [10]]]);
  });
});
