import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, connect } from "../../src/client/index.ts";
import { type Harness, start } from "../api/harness.ts";
import { failureOf } from "../support/failure.ts";

let api: Harness;
let cluster: Cluster;
beforeEach(async () => {
  api = await start();
  api.node.view = { leaderAddress: api.address, members: [] };
  cluster = await connect(api.address);
});
afterEach(async () => {
  await cluster.close();
  await api[Symbol.asyncDispose]();
});

describe("retry policies of queues", () => {
  it("get none while a member may not know what it is, and no schedule then hopes for one", async () => {
    api.node.view = { ...api.node.view, format: 1 };
    const failed = await failureOf(cluster.queues.set("mail", { retry: { maxAttempts: 3 } }));
    expect(failed).toMatchObject({ code: "FORMAT_UNSUPPORTED", retryable: false });
    await cluster.queues.set("mail", { maxRunning: 1, retry: undefined });
    await cluster.queues.set("mail", { retry: null });
    await cluster.schedules.put("s", { every: "1m", queue: "mail", data: 1 });
    expect(api.node.state.schedule("s")?.spec.job.retry).not.toHaveProperty("byDefault");
    api.node.view = { ...api.node.view, format: 2 };
    await cluster.schedules.put("s", { every: "1m", queue: "mail", data: 1 });
    expect(api.node.state.schedule("s")?.spec.job.retry).toMatchObject({ byDefault: true, maxAttempts: 5 });
  });

  it("hold for schedules that are put while a member has not been heard for once", async () => {
    const policyOf = (name: string) => api.node.state.schedule(name)?.spec.job.retry;
    const put = (name: string, queue: string) => cluster.schedules.put(name, { every: "1m", queue, data: 1 });
    await cluster.queues.set("mail", { retry: { maxAttempts: 3 } });
    await put("before", "post");
    api.node.view = { ...api.node.view, format: 1 };
    await put("new", "mail");
    expect(policyOf("new")).toMatchObject({ byDefault: true });
    expect((await put("before", "post")).change).toBe("unchanged");
    await put("elsewhere", "post");
    expect(policyOf("elsewhere")).not.toHaveProperty("byDefault");
  });
});
