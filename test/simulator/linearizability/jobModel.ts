import type { Operation } from "../workload/history.ts";
import type { Model } from "./checker.ts";

/**
 * What the outside may see of one job. The cluster itself claims, expires, retries and buries jobs between two calls,
 * so a job that is not over may show any such state; what has ended stays as it is, and tokens never go down.
 */
export type JobView =
  | { readonly name: "absent" }
  | { readonly name: "active"; readonly token: number }
  | { readonly name: "completed"; readonly token: number }
  | { readonly name: "dead" | "cancelled"; readonly token: number };

/** What a `get` came back with; null for "no such job". */
export interface Seen {
  readonly state: string;
  /** Null: not told. */
  readonly token: number | null;
}

interface Answer {
  readonly id?: string;
  readonly existing: boolean;
  readonly state: string;
  readonly refusal?: object;
}

type Name = JobView["name"];

const terminal: ReadonlySet<string> = new Set<Name>(["completed", "dead", "cancelled"]);

export const jobModel: Model<JobView, Operation> = {
  initial: { name: "absent" },
  fingerprint: (view) => (view.name === "absent" ? "absent" : `${view.name}/${view.token}`),
  step,
};

/** Somebody may let it begin anew once it is dead or cancelled. */
export const redrivableJobModel: Model<JobView, Operation> = {
  ...jobModel,
  step: (view, operation) => {
    const after = step(view, operation);
    if (view.name !== "dead" && view.name !== "cancelled") return after;
    const again: JobView = { name: "active", token: view.token };
    if (after === null || isOfLaterClaim(view.token, operation)) return step(again, operation);
    return after;
  },
};

/** It may have ended the job for good, if it was let begin anew: where it did not, it is left out. */
function isOfLaterClaim(token: number, operation: Operation): boolean {
  if (!isUnknown(operation) || operation.op !== "complete") return false;
  return (operation.argument as { readonly token: number }).token > token;
}

function step(view: JobView, operation: Operation): JobView | null {
  switch (operation.op) {
    case "enqueue":
      return enqueue(view, operation);
    case "get":
      return get(view, operation.result as Seen | null);
    case "complete":
      return complete(view, operation);
    case "cancel":
      return cancel(view, operation);
    case "fail":
    case "extend":
    case "release":
    case "checkpoint":
    case "progress":
      return act(view, operation);
  }
}

/**
 * Of the calls of one job those that can make a difference; to try the others costs time alone, and with
 * every one of them twice as much. Of those that nobody knows the end of only two kinds do anything that can be seen, and
 * whatever a repetition of one could do the first can do at the same moment: it has no end either, and neither does a thing twice.
 */
export function thatMatter(operations: readonly Operation[]): readonly Operation[] {
  const begun = new Set<string>();
  const inTime = operations.toSorted((a, b) => a.invokeTime - b.invokeTime);
  return inTime.filter((operation) => {
    if (!isUnknown(operation)) return true;
    if (operation.op !== "enqueue" && operation.op !== "complete") return false;
    const { token } = (operation.argument ?? {}) as { readonly token?: number };
    const what = `${operation.op}/${token}`;
    if (begun.has(what)) return false;
    begun.add(what);
    return true;
  });
}

function isUnknown(operation: Operation): boolean {
  return operation.returnTime === null;
}

function enqueue(view: JobView, operation: Operation): JobView | null {
  const after: JobView = view.name === "absent" ? { name: "active", token: 0 } : view;
  if (isUnknown(operation)) return after;
  const { id, existing, state, refusal } = operation.result as Answer;
  // Refused by itself, or answered with another job: this one is not there.
  if (refusal !== undefined || (id !== undefined && id !== operation.key))
    return view.name === "absent" ? view : null;
  if (existing !== (view.name !== "absent")) return null;
  return see(after, state, null);
}

function get(view: JobView, seen: Seen | null): JobView | null {
  if (seen === null) return view.name === "absent" ? view : null;
  if (view.name === "absent") return null;
  return see(view, seen.state, seen.token);
}

/** The job shows itself in `state`: what the cluster may have done to it meanwhile is taken as done. */
function see(view: JobView, state: string, token: number | null): JobView | null {
  if (view.name === "absent") return null;
  const now = token ?? view.token;
  if (now < view.token) return null;
  if (view.name === "completed") return state === "completed" && now === view.token ? view : null;
  // That it is dead may have been learnt without its token.
  if (view.name !== "active") return view.name === state ? { name: view.name, token: now } : null;
  if (!terminal.has(state)) return { name: "active", token: now };
  // Completed only by a call of a worker, which is in the history itself; the others the cluster does by itself.
  if (state === "completed") return null;
  return { name: state as "dead" | "cancelled", token: now };
}

function complete(view: JobView, operation: Operation): JobView | null {
  const { token } = operation.argument as { readonly token: number };
  const mayDo = view.name === "active" && token >= view.token;
  const didBefore = view.name === "completed" && view.token === token;
  if (isUnknown(operation)) return mayDo ? { name: "completed", token } : view;
  if ((operation.result as { readonly ok: boolean }).ok) {
    if (didBefore) return view;
    return mayDo ? { name: "completed", token } : null;
  }
  // Refused: the token is not, or no longer, the current one. The claim may have ended between two calls.
  return didBefore || view.name === "absent" ? null : view;
}

function cancel(view: JobView, operation: Operation): JobView | null {
  if (isUnknown(operation)) return view;
  const result = operation.result as {
    readonly ok: boolean;
    readonly state?: string;
    readonly code?: string;
  };
  if (result.ok) return result.state === undefined ? null : see(view, result.state, null);
  if (result.code === "NOT_FOUND") return view.name === "absent" ? view : null;
  // JOB_TERMINAL: it is completed or dead; dead by the cluster's own doing, or unseen by this history so far.
  if (view.name === "active") return { name: "dead", token: view.token };
  return view.name === "completed" || view.name === "dead" ? view : null;
}

/** They end or prolong a claim, which the outside cannot see but by its token. */
function act(view: JobView, operation: Operation): JobView | null {
  if (isUnknown(operation)) return view;
  const { token } = operation.argument as { readonly token: number };
  const { ok } = operation.result as { readonly ok: boolean };
  if (!ok) return view.name === "absent" ? null : view;
  if (view.name === "absent" || token < view.token) return null;
  if (view.name === "active") return { name: "active", token };
  // A repeated `fail` or `release` answers as it did the first time, also when the job has died of it.
  // That it is dead may have been learnt without its token.
  const mayRepeat = operation.op === "fail" || operation.op === "release";
  return view.name !== "completed" && mayRepeat ? { name: view.name, token } : null;
}
