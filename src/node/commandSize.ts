import type { Act, Command, JobSpec } from "../machine/types.ts";

/** Items (jobs, acts, ids) of one entry: bounds what one apply may cost the event loop. */
export const maxItemsPerEntry = 1000;
/** A worker's return looks at every running claim: after a failover all workers come at once. */
const resumeItems = 100;
/** A command's fixed cost, so that a million empty ones are bounded too; and that of one of its items. */
const commandOverhead = 128;
/** Of a command that an operator gives: settings, or a schedule without its payload. */
const operatorBytes = 2_048;

/** What a command takes in an entry, nearly: what users give is counted, the rest by a fixed sum. */
export function sizeOf(command: Command): { readonly bytes: number; readonly items: number } {
  switch (command.type) {
    case "enqueue":
      return {
        bytes: sum(command.jobs, specBytes),
        items: command.jobs.reduce((n, job) => n + weightOf(job), 0),
      };
    case "act":
      return { bytes: sum(command.acts, actBytes), items: command.acts.length };
    case "cancel":
      return {
        bytes: commandOverhead * (1 + command.ids.length) + command.reason.length,
        items: command.ids.length,
      };
    case "claim":
      return { bytes: commandOverhead, items: command.slots };
    case "expireClaims":
      return { bytes: commandOverhead * (1 + command.claims.length), items: command.claims.length };
    case "setQueue": {
      const { weights = [] } = command.patch;
      return { bytes: operatorBytes + weights.length * commandOverhead, items: 1 };
    }
    case "putSchedule":
      return { bytes: operatorBytes + command.spec.job.payload.byteLength, items: 1 };
    case "setBreaker":
    case "deleteSchedule":
    case "pauseSchedule":
    case "fireSchedule":
      return { bytes: operatorBytes, items: 1 };
    case "manage":
      return { bytes: commandOverhead * (1 + command.ids.length), items: command.ids.length };
    case "fireTimers":
      return { bytes: commandOverhead, items: maxItemsPerEntry };
    case "beginTerm":
      return { bytes: commandOverhead, items: 1 };
    case "resumeWorker":
      return {
        bytes: commandOverhead * (1 + command.held.length),
        items: resumeItems + command.held.length,
      };
  }
}

/** Of a new job, in items: one that waits for hundreds takes as long as many that wait for nobody. */
export function weightOf({ waitFor }: JobSpec): number {
  return 1 + Math.floor((waitFor?.ids.length ?? 0) / 10);
}

function sum<Item>(items: readonly Item[], bytesOf: (item: Item) => number): number {
  let bytes = commandOverhead;
  for (const item of items) bytes += commandOverhead + bytesOf(item);
  return bytes;
}

function specBytes({ payload, tags, waitFor, retry }: JobSpec): number {
  let bytes = payload.byteLength;
  if (tags !== undefined) for (const tag of tags) bytes += tag.length;
  if (waitFor !== undefined) for (const id of waitFor.ids) bytes += id.length;
  if (retry.delaysMs !== undefined) bytes += 4 * retry.delaysMs.length;
  return bytes;
}

function actBytes(act: Act): number {
  switch (act.type) {
    case "complete":
      return act.result.byteLength;
    case "checkpoint":
      return act.data.byteLength;
    case "fail":
      return act.error.length;
    case "progress":
      return act.note.length;
    case "extend":
    case "release":
      return 0;
  }
}
