/** What a job may say, as proto/conclave/v1/job.proto has it: the nodes refuse by these bounds, and the SDK before it sends. */
export const jobBounds = {
  maxAtomicBatch: 1000,
  maxAgentCharacters: 128,
  maxTags: 16,
  maxTagCharacters: 64,
  maxKeyCharacters: 128,
  maxDedupKeyCharacters: 256,
  maxWaitedFor: 1000,
  /** Of all jobs of an atomic batch together: it is one entry of the log, however large. */
  maxAtomicWaitedFor: 10_000,
  minLeaseMs: 1000,
  maxLeaseMs: 86_400_000,
  maxAttempts: 1000,
  maxMultiplier: 100,
  maxRetryDelays: 100,
  /** 30 days: a retry further off is a schedule. */
  maxBackoffMs: 30 * 86_400_000,
  /** Ten years: delays, retentions, timeouts and windows. */
  maxDelayMs: 3650 * 86_400_000,
  /** The last instant that JavaScript can write as a date. */
  maxTimeMs: 8.64e15,
} as const;

/** What a job that says nothing of its retries has. */
export const retryDefaults = {
  maxAttempts: 5,
  initialBackoffMs: 1000,
  multiplier: 2,
  maxBackoffMs: 60_000,
} as const;

/** Job ids, queues and worker ids. */
export const namePattern = /^[A-Za-z0-9._:/-]{1,128}$/;

/** Code points U+0000 to U+001F and U+007F to U+009F: they would garble logs and metric labels. */
export const controlCharacter = /\p{Cc}/u;

/** Half of a surrogate pair without its other half: UTF-8 cannot say it, and all of them would become the same U+FFFD. */
export const loneSurrogate = /\p{Cs}/u;
