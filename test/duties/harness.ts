import { NodeId, Term } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import type { Random } from "../../src/base/random.ts";
import { LeaderDuties } from "../../src/duties/leaderDuties.ts";
import type { DutyEnqueued } from "../../src/duties/types.ts";
import type { JobSpec } from "../../src/generated/conclave/v1/JobSpec.ts";
import { Leading } from "../../src/node/leading.ts";
import { recordingLogger } from "../support/silence.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

const maxPayloadBytes = 262_144;

/** Draws that a test chooses; the middle unless it does. */
export class ChosenRandom implements Random {
  draw = 0.5;

  next(): number {
    return this.draw;
  }

  below(bound: number): number {
    return Math.floor(this.draw * bound);
  }
}

/** Duties of a node whose leadership, clock and jobs are the test's. */
export function dutiesHarness() {
  const runtime = new VirtualRuntime();
  const logger = recordingLogger();
  const random = new ChosenRandom();
  const office = { term: null as Term | null, leaseUntil: Number.POSITIVE_INFINITY };
  const leading = new Leading(() => (runtime.monotonicMs() < office.leaseUntil ? office.term : null));
  const counts: string[] = [];
  const jobs = new Map<string, JobSpec>();
  const proposals = {
    /** All of them, and each new job by itself. */
    refuse: null as Error | null,
    closed: undefined as ConclaveError | undefined,
    count: 0,
  };
  const enqueue = (specs: readonly JobSpec[]): Promise<readonly DutyEnqueued[]> => {
    proposals.count++;
    if (proposals.refuse !== null) return Promise.reject(proposals.refuse);
    // As a node: one bad job refuses the whole request.
    if (specs.some(({ payload }) => (payload?.length ?? 0) > maxPayloadBytes)) {
      return Promise.reject(new ConclaveError("PAYLOAD_TOO_LARGE", "one of them is too large"));
    }
    return Promise.resolve(
      specs.map((spec) => {
        const id = spec.id ?? "";
        const existing = jobs.has(id);
        const error = existing ? undefined : proposals.closed;
        if (!existing && error === undefined) jobs.set(id, spec);
        return { id, existing, error };
      }),
    );
  };
  const duties = new LeaderDuties({
    nodeId: NodeId("n1"),
    leading,
    monotonicMs: () => runtime.monotonicMs(),
    logTime: () => runtime.wallMs(),
    enqueue,
    random,
    logger,
    telemetry: {
      dutyKnown: (name) => counts.push(`${name} known`),
      dutyBegan: (name) => counts.push(`${name} began`),
      dutyEnded: (name, failed) => counts.push(`${name} ${failed ? "failed" : "ended"}`),
    },
  });
  runtime.every(20, () => leading.look());
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 100; round++) await Promise.resolve();
  };
  return {
    duties,
    runtime,
    logger,
    random,
    leading,
    office,
    counts,
    jobs,
    proposals,
    enqueue,
    settle,
    /** This node leads from now on, or nobody does. */
    elect: async (term: number | null): Promise<void> => {
      office.term = term === null ? null : Term(term);
      leading.look();
      await settle();
    },
    /** In steps of a tick, with room for what each one wakes. */
    pass: async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 20) {
        runtime.advance(20);
        await settle();
      }
    },
  };
}
