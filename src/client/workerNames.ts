import { hostname } from "node:os";
import { ConclaveError } from "../base/errors.ts";
import { checkName } from "./checks.ts";
import { newId } from "./ids.ts";

const maxQueues = 64;

/** Throws INVALID_ARGUMENT unless there are 1 to 64 well-formed names. */
export function checkQueues(queues: string | readonly string[]): readonly string[] {
  const list = typeof queues === "string" ? [queues] : [...queues];
  if (list.length === 0 || list.length > maxQueues) {
    throw new ConclaveError(
      "INVALID_ARGUMENT",
      `a worker takes 1 to ${maxQueues} queues, not ${list.length}`,
    );
  }
  return list.map((queue) => checkName(queue, "queue"));
}

/** Tells people which process has a job, and processes apart. */
export function newWorkerId(): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9._:/-]/g, "-")
    .slice(0, 60);
  return `${host}:${process.pid}:${newId().slice(-12)}`;
}
