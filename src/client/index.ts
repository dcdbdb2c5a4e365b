export type { Duration } from "../base/duration.ts";
export {
  ConclaveError,
  type ConclaveErrorOptions,
  type ErrorCode,
  errorCatalogue,
  type FailedJob,
  type SchemaIssue,
} from "../base/errors.ts";
export type { Logger } from "../base/logger.ts";
export { Snooze, snooze } from "./attemptActs.ts";
export type { Backup, BackupInfo, BackupOptions, BackupPart } from "./backup.ts";
export type { Breakers, OpenBreakerOptions } from "./breakers.ts";
export type { CallOptions } from "./budget.ts";
export type { ByWhom } from "./byWhom.ts";
export type { MembershipChange, MembershipChanged, NewMember } from "./changeMembership.ts";
export type { ClaimedJob, ClaimOptions } from "./claim.ts";
export type { Cluster } from "./cluster.ts";
export type { MemberStatus, NodeStatus, StatusOptions } from "./clusterStatus.ts";
export { bytesCodec, type Codec, jsonCodec } from "./codec.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { type DefineOptions, defineJob, type JobDefaults, JobDefinition, type JobTypes } from "./define.ts";
export type { DefinedJobOptions, DefinedManyOptions } from "./definedEnqueue.ts";
export type { DefinedHandler, DefinedJob, DefinedWorkOptions } from "./definedWork.ts";
export type { Flow, FlowJob } from "./flow.ts";
export type { Enqueued, JobHandle, ResultOptions } from "./handle.ts";
export type { JobEventOptions } from "./jobEvents.ts";
export type { DedupOptions, TimeoutOptions } from "./jobFeatures.ts";
export type { JobFilter } from "./jobFilter.ts";
export type { JobList, JobPage, ListFilter } from "./jobList.ts";
export type { JobOptions } from "./jobSpec.ts";
export type {
  Cancelled,
  CancelOptions,
  EnqueueItem,
  EnqueueManyOptions,
  EnqueueOptions,
  GetOptions,
  Jobs,
  Stats,
} from "./jobs.ts";
export type {
  AttemptView,
  CheckpointView,
  ClaimView,
  DedupView,
  DependencyView,
  Job,
  JobSummary,
  ProgressView,
  QueueCounts,
} from "./jobView.ts";
export type { JobSelection, Managed, ManagedJob, ManageOptions } from "./managing.ts";
export type { Member, MemberProgress, MemberStanding, Members } from "./members.ts";
export type {
  AttemptEnd,
  Backoff,
  Consistency,
  DedupMode,
  Jitter,
  JobState,
  OnFailure,
  Priority,
  Role,
  Standing,
} from "./names.ts";
export { JobCancelled, NonRetryableError, RetryAfterError } from "./outcome.ts";
export type { Queue, QueueCodecs } from "./queue.ts";
export type { BreakerPolicy, DrainOptions, QueueChange, Queues, RateLimit } from "./queues.ts";
export type {
  Breaker,
  BreakerPolicyView,
  BreakerState,
  ByHand,
  QueueOverview,
  QueueSettings,
  RateView,
} from "./queueView.ts";
export type { ReadOptions } from "./reader.ts";
export type { RetryOptions } from "./retryOptions.ts";
export type { BackoffView, RetryView } from "./retryView.ts";
export type { Overlap, ScheduleOptions } from "./scheduleSpec.ts";
export type {
  ByHandOptions,
  PutSchedule,
  PutScheduleOptions,
  ScheduleReadOptions,
  Schedules,
} from "./schedules.ts";
export type { Schedule } from "./scheduleView.ts";
export type { Schema, SchemaInput, SchemaOutput } from "./schema.ts";
export type { TransferOptions, Transferred } from "./transferLeadership.ts";
export { uniqueKey } from "./uniqueKey.ts";
export type { JobEvent, JobEventType, WatchOptions } from "./watch.ts";
export type { Why, WhyReason } from "./whyView.ts";
export type { Worker } from "./worker.ts";
export type {
  AcknowledgedOutcome,
  Handler,
  JobDependency,
  NotConsuming,
  StopOptions,
  WorkErrorContext,
  WorkerHealth,
  WorkerJob,
  WorkerState,
  WorkOptions,
} from "./workerTypes.ts";
