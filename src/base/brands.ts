/** Nominal types: a `Term` cannot be passed where a `LogIndex` is wanted, at no cost at run time. */
declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Raft term: a whole number, 0 before the first election; only grows (Raft 5.1). */
export type Term = Brand<number, "Term">;
/** Position in the replicated log: 1 is the first entry, 0 means "before the log" (Raft 5.3). */
export type LogIndex = Brand<number, "LogIndex">;
/** A node's stable name, as in the configuration: `n1`. */
export type NodeId = Brand<string, "NodeId">;
/** Names one cluster; nodes of different clusters refuse each other. */
export type ClusterId = Brand<string, "ClusterId">;
/** Drawn when a data directory is created: a wiped directory under an old node id is told apart. */
export type Incarnation = Brand<string, "Incarnation">;
/** A job's id: a UUIDv7 that the client makes, so that a repeated enqueue is the same job. */
export type JobId = Brand<string, "JobId">;
/** The log index of the claim that handed the job out; grows with every claim of the job. */
export type FencingToken = Brand<number, "FencingToken">;
/** Milliseconds on the node's monotonic clock; comparable only within one process. */
export type MonotonicMs = Brand<number, "MonotonicMs">;
/**
 * Milliseconds since the Unix epoch as stamped by the leader into an entry ("log time"). 0 is no time at all: a due time, say, that
 * there is none of. Entries are at 1 at the earliest, which the clock and the machine see to.
 */
export type LogTimeMs = Brand<number, "LogTimeMs">;

export const Term = (value: number): Term => value as Term;
export const LogIndex = (value: number): LogIndex => value as LogIndex;
export const NodeId = (value: string): NodeId => value as NodeId;
export const ClusterId = (value: string): ClusterId => value as ClusterId;
export const Incarnation = (value: string): Incarnation => value as Incarnation;
export const JobId = (value: string): JobId => value as JobId;
export const FencingToken = (value: number): FencingToken => value as FencingToken;
export const MonotonicMs = (value: number): MonotonicMs => value as MonotonicMs;
export const LogTimeMs = (value: number): LogTimeMs => value as LogTimeMs;
