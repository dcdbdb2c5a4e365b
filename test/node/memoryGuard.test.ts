import { expect, test } from "vitest";
import { job, singleNode } from "../support/singleNode.ts";

test("a leader whose memory fills up refuses new jobs, does nothing, and takes them again when there is room", async () => {
  const { node, run, runtime } = singleNode();
  await run(3_000);
  expect(node.status().raft.role).toBe("leader");
  runtime.memory = 0.95;
  await run(1_000);
  await expect(node.enqueue([job("j1")])).rejects.toMatchObject({
    code: "OVERLOADED",
    retryable: true,
    message: expect.stringContaining("95 %") as string,
  });
  runtime.memory = 0.5;
  await run(1_000);
  const accepted = node.enqueue([job("j2")]);
  await run(200);
  expect(await accepted).toMatchObject([{ id: "j2", existing: false }]);
  expect(node.state.totals.enqueued).toBe(1);
});
