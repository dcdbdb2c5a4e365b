import { expect, test } from "vitest";
import { failureOf } from "../support/failure.ts";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

test("results come over a change of leader, from three real nodes", async () => {
  await using nodes = await InProcessCluster.start(3);
  const producer = await nodes.connect("n1", "n2", "n3");
  await using worker = await nodes.connect("n1", "n2", "n3");
  const handles = await producer.jobs.enqueueMany<number, number>(
    Array.from({ length: 20 }, (_, index) => ({ queue: "square", data: index, retry: { maxAttempts: 1 } })),
  );
  const results = handles.map((handle) => handle.result());
  const cancelled = await producer.jobs.enqueue("nobody", 1);
  const rejected = failureOf(cancelled.result());

  const leader = await until("a leader is known", async () => {
    const statuses = await producer.status();
    return statuses.find(({ status }) => status?.role === "leader")?.nodeId;
  });
  await nodes.stop(leader ?? "");
  worker.work<number, number>("square", { concurrency: 4 }, ({ data }) => {
    if (data === 13) throw new Error("unlucky");
    return data * data;
  });
  const settled = await Promise.allSettled(results);
  expect(settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []))).toEqual(
    Array.from({ length: 20 }, (_, index) => index * index).filter((square) => square !== 169),
  );
  expect(settled[13]).toMatchObject({ status: "rejected", reason: { code: "JOB_DEAD" } });

  await producer.jobs.cancel(cancelled.id, { reason: "enough" });
  expect(await rejected).toMatchObject({ code: "JOB_CANCELLED", job: { reason: "enough" } });
  await producer.close();
});
