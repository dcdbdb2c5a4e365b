import type { ByHand, QueueOverview, QueueSettings, RateView, RetryView } from "../../client/index.ts";
import { type Answer, humanMs, humanTime } from "../output/print.ts";

/** All that is known of one queue. */
export function queueAnswer({ settings, counts }: QueueOverview): Answer {
  return {
    json: { settings, counts },
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: [
      ...settingRows(settings),
      ["ready", `${counts.ready.high} high, ${counts.ready.normal} normal, ${counts.ready.low} low`],
      ...(["waiting", "scheduled", "running", "completed", "dead", "cancelled"] as const).map((state) => [
        state,
        String(counts[state]),
      ]),
    ],
  };
}

export function settingsAnswer(settings: QueueSettings): Answer {
  return {
    json: { settings },
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: settingRows(settings),
  };
}

export function queuesAnswer(queues: readonly QueueOverview[]): Answer {
  const titles = ["READY", "WAITING", "SCHEDULED", "RUNNING", "DEAD"];
  return {
    json: { queues },
    columns: [
      { title: "QUEUE" },
      { title: "STATE" },
      ...titles.map((title) => ({ title, align: "right" as const })),
      { title: "LIMITS" },
    ],
    rows: queues.map(({ settings, counts }) => [
      settings.queue,
      stateOf(settings),
      ...[
        counts.ready.high + counts.ready.normal + counts.ready.low,
        counts.waiting,
        counts.scheduled,
        counts.running,
        counts.dead,
      ].map(String),
      limitsOf(settings),
    ]),
    note: `${queues.length} ${queues.length === 1 ? "queue" : "queues"}`,
  };
}

function stateOf({ paused, closed }: QueueSettings): string {
  const states = [
    ...(paused === undefined ? [] : [`paused${paused.by === "" ? "" : ` by ${paused.by}`}`]),
    ...(closed === undefined ? [] : [`closed${closed.by === "" ? "" : ` by ${closed.by}`}`]),
  ];
  return states.length === 0 ? "open" : states.join(", ");
}

function limitsOf(settings: QueueSettings): string {
  const limits = [
    ...(settings.maxRunning === 0 ? [] : [`${settings.maxRunning} running`]),
    ...(settings.maxRunningPerAgent === 0 ? [] : [`${settings.maxRunningPerAgent} per agent`]),
    ...(settings.maxRunningPerKey === 0 ? [] : [`${settings.maxRunningPerKey} per key`]),
    ...(settings.rate === undefined ? [] : [rateText(settings.rate)]),
    ...(settings.ratePerKey === undefined ? [] : [`${rateText(settings.ratePerKey)} per key`]),
    ...(settings.fair ? ["fair"] : []),
  ];
  return limits.length === 0 ? "-" : limits.join(", ");
}

function settingRows(settings: QueueSettings): string[][] {
  const { weights, breaker } = settings;
  const limit = (value: number): string => (value === 0 ? "-" : String(value));
  const weighed = Object.entries(weights).map(([key, weight]) => `${key}=${weight}`);
  return [
    ["queue", settings.queue],
    ["paused", handText(settings.paused)],
    ["closed", handText(settings.closed)],
    ["max running", limit(settings.maxRunning)],
    ["max running per agent", limit(settings.maxRunningPerAgent)],
    ["max running per key", limit(settings.maxRunningPerKey)],
    ["rate", settings.rate === undefined ? "-" : rateText(settings.rate)],
    ["rate per key", settings.ratePerKey === undefined ? "-" : rateText(settings.ratePerKey)],
    ["fair", settings.fair ? "yes" : "no"],
    ["weights", weighed.length === 0 ? "-" : weighed.join(", ")],
    ["ageing", settings.ageingMs === 0 ? "-" : humanMs(settings.ageingMs)],
    ["breaker", breakerText(breaker)],
    ["max ended", limit(settings.maxEnded)],
    ["max ended bytes", limit(settings.maxEndedBytes)],
    ["retry", settings.retry === undefined ? "the default" : retryText(settings.retry)],
  ];
}

function breakerText(breaker: QueueSettings["breaker"]): string {
  if (breaker === undefined) return "the default";
  const { threshold, initialOpenMs, maxOpenMs } = breaker;
  if (threshold === 0) return "never open";
  return `after ${threshold} failures, ${humanMs(initialOpenMs)} to ${humanMs(maxOpenMs)}`;
}

export function handText(hand: ByHand | undefined): string {
  if (hand === undefined) return "no";
  const by = hand.by === "" ? "" : ` by ${hand.by}`;
  return `since ${humanTime(hand.atMs)}${by}${hand.why === "" ? "" : `: ${hand.why}`}`;
}

export function retryText(retry: RetryView): string {
  const { maxAttempts, backoff, delaysMs, initialBackoffMs, multiplier, maxBackoffMs, jitter } = retry;
  const first = humanMs(initialBackoffMs);
  const delays = {
    exponential: `from ${first}, times ${multiplier}`,
    linear: `${first} more each time`,
    fixed: first,
    list: delaysMs.map(humanMs).join(", "),
  };
  const most = `at most ${humanMs(maxBackoffMs)}, jitter ${jitter}`;
  return `${maxAttempts} attempts, ${backoff}: ${delays[backoff]}, ${most}`;
}

function rateText({ limit, intervalMs }: RateView): string {
  return `${limit} in ${humanMs(intervalMs)}`;
}
