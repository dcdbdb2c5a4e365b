import type { Register } from "../context.ts";
import { registerEnqueue } from "./enqueue.ts";
import { registerGet } from "./get.ts";
import { registerList } from "./list.ts";
import { registerManage } from "./manage.ts";
import { registerStats } from "./stats.ts";
import { registerWait } from "./wait.ts";
import { registerWatch } from "./watch.ts";
import { registerWhy } from "./why.ts";

/** `conclave job ...`: what producers and operators do with jobs. */
export const registerJob: Register = (parent, context) => {
  const job = parent.command("job").summary("enqueue, look at and manage jobs").description("Works on jobs.");
  for (const register of [
    registerEnqueue,
    registerGet,
    registerList,
    registerManage,
    registerStats,
    registerWait,
    registerWhy,
    registerWatch,
  ]) {
    register(job, context);
  }
};
