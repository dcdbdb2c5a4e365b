import { expect, test } from "vitest";
import type { JobHandle } from "../../src/client/index.ts";
import { startTestCluster } from "../../src/testing/index.ts";
import { failureOf } from "../support/failure.ts";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

async function typesOf(handle: JobHandle, from?: number): Promise<string[]> {
  const types: string[] = [];
  for await (const event of handle.events(from === undefined ? {} : { from })) types.push(event.type);
  return types;
}

test("a job's events end with the job, and only its own come; of one that has ended all that are kept, or none", async () => {
  await using nodes = await InProcessCluster.start(3);
  const cluster = await nodes.connect("n1", "n2", "n3");
  const handle = await cluster.jobs.enqueue<number>("work", 1, { delay: "1h" });
  const other = await cluster.jobs.enqueue("work", 2, { delay: "1h" });

  const seen: string[] = [];
  const over = (async () => {
    for await (const event of handle.events()) seen.push(event.type);
  })();
  // Whoever watches is heard of by what it sees: pushed on until it does.
  await until("the events come", async () => {
    if (seen.length > 0) return true;
    await cluster.jobs.runNow([handle.id]).catch(() => undefined);
    const [claimed] = await cluster.claim("work", { wait: "100ms" });
    await claimed?.release();
    return seen.length > 0;
  });
  const [claimed] = await cluster.claim("work", { wait: "10s" });
  expect(claimed?.id).toBe(handle.id);
  await claimed?.complete(null);
  await over;
  expect(seen.at(-1)).toBe("completed");
  expect(seen).toContain("started");

  const all = await typesOf(handle, 1);
  expect(all[0]).toBe("enqueued");
  expect(all.at(-1)).toBe("completed");
  expect(await typesOf(handle)).toEqual([]);
  expect((await cluster.jobs.get(other.id)).state).toBe("scheduled");
  await cluster.close();
});

// Put it in: jobEvents.ts: throw nothing; handle.ts: without `events` of `Enqueued`.
test("events of a job that there is not, or that was refused, reject", async () => {
  await using cluster = await startTestCluster();
  const unknown = typesOf(cluster.jobs.handle("nobody"));
  const failure = failureOf(unknown);
  await cluster.advance(5_000);
  expect((await failure).code).toBe("NOT_FOUND");
  await cluster.jobs.enqueue("q", 1, { dedupKey: "k" });
  const [refused] = await cluster.jobs.enqueueMany([
    { queue: "q", data: 1, dedup: { key: "k", mode: "reject" } },
  ]);
  if (refused === undefined) throw new Error("there is no answer");
  expect((await failureOf(typesOf(refused))).code).toBe("DUPLICATE");
});
