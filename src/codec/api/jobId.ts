import { JobId } from "../../base/brands.ts";
import { name } from "./check.ts";

/** Throws INVALID_ARGUMENT unless `id` can be a job's. */
export function jobId(field: string, id: string): JobId {
  return JobId(name(field, id));
}
