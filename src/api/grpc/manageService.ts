import { breakerOrder, breakerToWire } from "../../codec/api/breakers.ts";
import { line, name, withinOr } from "../../codec/api/check.ts";
import { isStale } from "../../codec/api/enums.ts";
import { jobId } from "../../codec/api/jobId.ts";
import { defaults, limits } from "../../codec/api/limits.ts";
import { managing } from "../../codec/api/managing.ts";
import { overviewToWire, queuePatch, queueSettingsToWire } from "../../codec/api/queueSettings.ts";
import { whyReply } from "../../codec/api/why.ts";
import type { GetQueueReply } from "../../generated/conclave/v1/GetQueueReply.ts";
import type { GetQueueRequest__Output } from "../../generated/conclave/v1/GetQueueRequest.ts";
import type { ListBreakersReply } from "../../generated/conclave/v1/ListBreakersReply.ts";
import type { ListBreakersRequest__Output } from "../../generated/conclave/v1/ListBreakersRequest.ts";
import type { ListQueuesReply } from "../../generated/conclave/v1/ListQueuesReply.ts";
import type { ListQueuesRequest__Output } from "../../generated/conclave/v1/ListQueuesRequest.ts";
import type { ManageJobsReply } from "../../generated/conclave/v1/ManageJobsReply.ts";
import type { ManageJobsRequest__Output } from "../../generated/conclave/v1/ManageJobsRequest.ts";
import type { SetBreakerReply } from "../../generated/conclave/v1/SetBreakerReply.ts";
import type { SetBreakerRequest__Output } from "../../generated/conclave/v1/SetBreakerRequest.ts";
import type { SetQueueReply } from "../../generated/conclave/v1/SetQueueReply.ts";
import type { SetQueueRequest__Output } from "../../generated/conclave/v1/SetQueueRequest.ts";
import type { WhyReply } from "../../generated/conclave/v1/WhyReply.ts";
import type { WhyRequest__Output } from "../../generated/conclave/v1/WhyRequest.ts";
import type { MachineView } from "../../machine/view.ts";
import type { ServiceContext } from "./context.ts";
import { manageJobs } from "./manageJobs.ts";
import { checkPolicy } from "./queuePolicies.ts";
import { readable } from "./standing.ts";
import { unary } from "./unary.ts";
import { noSuchJob } from "./wait.ts";
import { watch } from "./watch.ts";

/** The operators' service, `conclave.v1.Manage`. */
export function manageService(context: ServiceContext) {
  const { node } = context;
  return {
    SetQueue: unary<SetQueueRequest__Output, SetQueueReply>(context, async (request) => {
      const queue = name("queue", request.queue);
      const patch = queuePatch("patch", request.patch);
      checkPolicy(node, patch);
      const { settings } = await node.operate({ type: "setQueue", queue, patch });
      return { settings: queueSettingsToWire(settings) };
    }),

    GetQueue: unary<GetQueueRequest__Output, GetQueueReply>(context, async (request) => {
      const queue = name("queue", request.queue);
      await readable(node, isStale("consistency", request.consistency));
      return { queue: overviews(node.state, [queue])[0] ?? null };
    }),

    ListQueues: unary<ListQueuesRequest__Output, ListQueuesReply>(context, async (request) => {
      const after = request.after === "" ? "" : name("after", request.after);
      const limit = pageSize(request.limit);
      await readable(node, isStale("consistency", request.consistency));
      const left = node.state.queueNames().filter((queue) => queue > after);
      const page = left.slice(0, limit);
      return {
        queues: overviews(node.state, page),
        next: left.length > limit ? (page.at(-1) ?? "") : "",
      };
    }),

    SetBreaker: unary<SetBreakerRequest__Output, SetBreakerReply>(context, async (request) => {
      const { breaker } = await node.operate(breakerOrder(request));
      return { breaker: breakerToWire(breaker) };
    }),

    ListBreakers: unary<ListBreakersRequest__Output, ListBreakersReply>(context, async (request) => {
      const after = line("after", request.after, limits.maxAgentCharacters);
      const limit = pageSize(request.limit);
      await readable(node, isStale("consistency", request.consistency));
      // One more than is shown tells whether there is another page.
      const found = node.state.breakers(after, limit + 1);
      const page = found.slice(0, limit);
      return {
        breakers: page.map(breakerToWire),
        next: found.length > limit ? (page.at(-1)?.agent ?? "") : "",
      };
    }),

    Why: unary<WhyRequest__Output, WhyReply>(context, async (request) => {
      const id = jobId("id", request.id);
      await readable(node, isStale("consistency", request.consistency));
      const explanation = node.state.explain(id);
      const queue = node.state.job(id)?.spec.queue;
      if (explanation === undefined || queue === undefined) throw noSuchJob(id);
      return whyReply(explanation, queue, node.workersFor(queue));
    }),

    Watch: watch(context),

    ManageJobs: unary<ManageJobsRequest__Output, ManageJobsReply>(context, (request) =>
      manageJobs(context, managing(request)),
    ),
  };
}

function pageSize(limit: number): number {
  return withinOr(defaults.page, "limit", limit, 1, limits.maxPage);
}

function overviews(state: MachineView, queues: readonly string[]) {
  const stats = new Map(state.queues().map((each) => [each.queue, each]));
  return queues.map((queue) => overviewToWire(state.queueSettings(queue), stats.get(queue)));
}
