import type { Register } from "../context.ts";
import { registerByHand } from "./byHand.ts";
import { registerNext } from "./next.ts";
import { registerPut } from "./put.ts";
import { registerReading } from "./reading.ts";

/** `conclave schedule ...`: jobs that the cluster enqueues by itself. */
export const registerSchedule: Register = (parent, context) => {
  const schedule = parent
    .command("schedule")
    .summary("jobs by the calendar or at intervals")
    .description("Makes, shows and stops schedules: jobs that the cluster enqueues by itself.");
  for (const register of [registerPut, registerReading, registerByHand, registerNext])
    register(schedule, context);
};
