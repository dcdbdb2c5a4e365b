import { clusterService } from "./clusterService.ts";
import type { ServiceContext } from "./context.ts";
import { jobsService } from "./jobsService.ts";
import { manageService } from "./manageService.ts";
import { schedulesService } from "./schedulesService.ts";
import type { ServiceName } from "./services.ts";
import { workService } from "./workService.ts";

/** The handlers of every service for clients. */
export function allServices(context: ServiceContext) {
  return {
    Jobs: jobsService(context),
    Work: workService(context),
    Cluster: clusterService(context),
    Manage: manageService(context),
    Schedules: schedulesService(context),
  } satisfies Record<ServiceName, object>;
}
