import type { NodeId, Term } from "../base/brands.ts";
import type { Duration } from "../base/duration.ts";
import type { Priority } from "../client/index.ts";
import type { BackoffSettings } from "./backoff.ts";
import type { BackoffOptions } from "./types.ts";

/** Where work comes from that the leader, and no other node, asks for. Each item becomes one job. docs/duties.md. */
export type PolledSource = HttpSource | FunctionSource;

/** An endpoint that answers GET with a JSON array of items. */
export interface HttpSource extends SourceOptions {
  /**
   * `http:` or `https:`. `{cursor}`, `{limit}` and `{wait}` in its path or query are filled in: the cursor of the last item
   * that is durably a job (empty at first), the most items wanted, and the seconds of the long poll.
   */
  readonly url: string;
  readonly headers?: Readonly<Record<string, HeaderValue>> | undefined;
  /**
   * A file of certificates (PEM), read at each poll: of an `https:` endpoint the authorities that are trusted, in the place of those
   * that Node.js knows.
   */
  readonly ca?: string | undefined;
  /** Of the origin of `url`. Gets POST `{"source", "ids"}` once those items are durably jobs. */
  readonly ack?: string | undefined;
  /** Of one answer, unpacked; default 1 MiB, at most 16 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

/** A function of the embedding program. */
export interface FunctionSource extends SourceOptions {
  /** Is to end when the request's signal aborts: until it has, this node calls neither of the two again. */
  readonly poll: (request: PollRequest) => Promise<readonly unknown[]>;
  /** Told of items that are durably jobs. Those of an acknowledgement that failed come again. */
  readonly ack?: ((ids: readonly string[], request: PollRequest) => Promise<void>) | undefined;
}

/** A text, or where to find it at each poll; what is found there is never logged. */
export type HeaderValue =
  | string
  | { readonly env: string; readonly prefix?: string | undefined }
  | { readonly file: string; readonly prefix?: string | undefined };

export interface SourceOptions {
  /** `[A-Za-z0-9._-]{1,48}`; the ids of the jobs begin with it. */
  readonly name: string;
  readonly queue: string;
  readonly mapping?: ItemMapping | undefined;
  /** What all its jobs have. */
  readonly job?: SourceJobOptions | undefined;
  /** From the beginning of a poll to the next, when there is no more to be had at once; default 10 s. */
  readonly interval?: Duration | undefined;
  /** The wait is longer by up to this part of it, at random; 0 to 1, default 0.1. */
  readonly jitter?: number | undefined;
  /** The answer may take this long to come when there is nothing yet; default 0, at most 4 minutes. */
  readonly longPoll?: Duration | undefined;
  /** For an answer, beside `longPoll`; default 10 s. */
  readonly timeout?: Duration | undefined;
  /** The wait after a poll that failed; defaults 1 s, 2 and 60 s. */
  readonly backoff?: BackoffOptions | undefined;
  /** New items taken of one answer; default 500, at most 10,000. */
  readonly maxItems?: number | undefined;
}

/** Names of an item's fields; a dot goes into a nested one. */
export interface ItemMapping {
  /** Of the answer (HTTP only): where the array is. Default: the answer is the array. */
  readonly items?: string | undefined;
  /** Default `id`. A text or whole number: the same id is the same job. */
  readonly id?: string | undefined;
  /** `high`, `normal` or `low`. */
  readonly priority?: string | undefined;
  readonly agent?: string | undefined;
  /** Default: the id. */
  readonly cursor?: string | undefined;
}

export interface SourceJobOptions {
  readonly priority?: Priority | undefined;
  readonly lease?: Duration | undefined;
  /** Also how long an item that comes again is known after its job has ended. */
  readonly retention?: Duration | undefined;
  readonly deadRetention?: Duration | undefined;
  readonly maxAttempts?: number | undefined;
}

/** One poll, or one acknowledgement. */
export interface PollRequest {
  readonly source: string;
  readonly nodeId: NodeId;
  /** The fencing token: refuse a request whose term is below one that you have seen. */
  readonly term: Term;
  /** Of the last item that is durably a job; "" before the first of this leadership. */
  readonly cursor: string;
  readonly limit: number;
  readonly waitMs: number;
  /** Aborts when leadership is lost, and when the time for the answer is over. */
  readonly signal: AbortSignal;
}

/** `PolledSource`, checked and complete. */
export interface SourceSettings {
  readonly name: string;
  readonly queue: string;
  readonly origin: HttpEndpoint | FunctionOrigin;
  /** "" for a field that is not looked at; a `cursor` of "" is the id. */
  readonly mapping: Readonly<Record<"id" | "priority" | "agent" | "cursor", string>>;
  readonly job: SourceJobOptions;
  readonly intervalMs: number;
  readonly jitter: number;
  readonly longPollMs: number;
  readonly timeoutMs: number;
  readonly backoff: BackoffSettings;
  readonly maxItems: number;
}

export interface HttpEndpoint {
  readonly type: "http";
  readonly url: string;
  readonly headers: Readonly<Record<string, HeaderValue>>;
  /** "" for none. */
  readonly ack: string;
  /** "" for those that Node.js knows. */
  readonly ca: string;
  /** "" when the answer itself is the array. */
  readonly items: string;
  readonly maxBodyBytes: number;
}

export interface FunctionOrigin {
  readonly type: "function";
  readonly poll: FunctionSource["poll"];
  readonly ack: FunctionSource["ack"];
}

/**
 * How a poll ended: with items or none; no answer; an answer with a status of its own; one that is not what it should be;
 * the function threw; jobs that were not accepted; an acknowledgement that was not; leadership lost.
 */
export const pollOutcomes = [
  "items",
  "empty",
  "unreachable",
  "status",
  "invalid",
  "threw",
  "notEnqueued",
  "notAcknowledged",
  "aborted",
] as const;
export type PollOutcome = (typeof pollOutcomes)[number];

/** What became of items: a new job; a job already; nothing, for what is wrong with it. */
export const itemOutcomes = ["enqueued", "known", "refused"] as const;
export type ItemOutcome = (typeof itemOutcomes)[number];

export interface PollTelemetry {
  sourceKnown(source: string): void;
  /** `ms`: until the answer was there, or the end of the wait for it. */
  polled(source: string, outcome: PollOutcome, ms: number): void;
  items(source: string, outcome: ItemOutcome, count: number): void;
}
