import { EventEmitter } from "node:events";
import { connect, defineJob } from "conclave";
import { startTestCluster } from "conclave/testing";
import { expect, test, vi } from "vitest";
import { z } from "zod";

/** The README's reader has three nodes; here one in the process stands for them. */
vi.mock(import("conclave"), async (original) => ({
  ...(await original()),
  connect: async () => await startTestCluster(),
}));

const process = new EventEmitter();

/** Somebody presses Ctrl-C as soon as there is a picture. */
const render = async (data: unknown, { fence }: { readonly signal: AbortSignal; readonly fence: number }) => {
  setImmediate(() => process.emit("SIGINT"));
  return await Promise.resolve({ data, fence });
};

test("README: enqueue and work", async () => {
  await using cluster = await connect("127.0.0.1:7400,127.0.0.1:7401,127.0.0.1:7402");

  const job = await cluster.jobs.enqueue(
    "thumbnail",
    { path: "a.png" },
    { priority: "high", agent: "agent-7" },
  );

  // What the handler returns is the job's result; what it throws fails the attempt.
  const worker = cluster.work("thumbnail", { concurrency: 8 }, async (job) => {
    // Show the token to whatever you write to, and let that refuse a lower one.
    return await render(job.data, { signal: job.signal, fence: job.fencingToken });
  });
  process.once("SIGINT", () => void worker.stop()); // running jobs may finish

  const thumbnail = await job.result(); // once it has completed, wherever that was
  await worker.closed;
  expect(thumbnail).toMatchObject({ data: { path: "a.png" } });
});

test("README: a typed job", async () => {
  await using cluster = await connect("127.0.0.1:7400");
  const thumbnail = defineJob({
    queue: "thumbnail",
    input: z.object({ path: z.string(), width: z.number().default(200) }),
    output: z.object({ bytes: z.number() }),
  });
  const job = await cluster.enqueue(thumbnail, { path: "a.png" }); // checked before it is sent
  cluster.work(thumbnail, { concurrency: 8 }, ({ data }) => ({ bytes: data.width ** 2 })); // and before it runs
  const { bytes } = await job.result(); // a number
  expect(bytes).toBe(40_000);
});

test("README: a flow with a checkpoint", async () => {
  await using cluster = await connect("127.0.0.1:7400");
  await using worker = cluster.work("thumbnail", {}, (job) => job.data);
  const album = await cluster.flow({
    queue: "album",
    data: { title: "Summer" },
    // All are enqueued or none; the album's turn comes when both have completed.
    children: [
      { queue: "thumbnail", data: { path: "a.png" } },
      { queue: "thumbnail", data: { path: "b.png" } },
    ],
  });
  cluster.work("album", {}, async (job) => {
    const pages = Number(job.checkpoint ?? 0); // also after a crash of worker or leader
    await job.saveCheckpoint(pages + 1); // durable, and accepted under this attempt's token
    return job.dependencies.map(({ result }) => result);
  });
  const pictures = await album.job.result();
  expect(pictures).toEqual([{ path: "a.png" }, { path: "b.png" }]);
  expect(worker.state).toBe("consuming");
});
