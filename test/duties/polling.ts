import { expect } from "vitest";
import { readSources } from "../../src/cli/config/polledSources.ts";
import { pollWhileLeader } from "../../src/duties/sources.ts";
import type { FunctionSource, PollRequest } from "../../src/duties/sourceTypes.ts";
import { dutiesHarness } from "./harness.ts";

/** What a poll comes to: items, or a failure; a function is asked each time. */
type Answer = readonly unknown[] | Error;

/** A node that polls one source whose answers are the test's, at times that are the test's. */
export function polling(more: Partial<FunctionSource> = {}) {
  const harness = dutiesHarness();
  const { duties, runtime, random, logger, jobs, proposals } = harness;
  const polls: (PollRequest & { readonly at: number })[] = [];
  const acked: (readonly string[])[] = [];
  const counted: string[] = [];
  const script = { answer: (): Answer | Promise<Answer> => [], ack: null as Error | null };
  const given = {
    name: "s",
    queue: "q",
    interval: "1s",
    jitter: 0,
    poll: async (request: PollRequest) => {
      polls.push({ ...request, at: runtime.monotonicMs() });
      const answer = await script.answer();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ack: (ids: readonly string[]) => {
      acked.push(ids);
      return script.ack === null ? Promise.resolve() : Promise.reject(script.ack);
    },
    ...more,
  };
  const problems: string[] = [];
  pollWhileLeader(duties, readSources([given], "sources", problems), {
    jobExists: (id) => jobs.has(id),
    enqueue: harness.enqueue,
    monotonicMs: () => runtime.monotonicMs(),
    random,
    logger,
    telemetry: {
      sourceKnown: (source) => counted.push(`${source} known`),
      polled: (_source, outcome) => counted.push(outcome),
      items: (_source, outcome, count) => counted.push(`${count} ${outcome}`),
    },
    env: {},
    userAgent: "test",
    wallMs: () => runtime.wallMs(),
  });
  expect(problems).toEqual([]);
  const ids = (...numbers: readonly number[]) => numbers.map((id) => ({ id }));
  /** Waits between polls, in ms. */
  const waits = (): number[] => polls.slice(1).map(({ at }, index) => at - (polls[index]?.at ?? 0));
  return { ...harness, polls, acked, counted, script, ids, waits, proposals };
}
