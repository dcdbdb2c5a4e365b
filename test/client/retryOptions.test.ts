import { expect, it } from "vitest";
import { defineJob } from "../../src/client/index.ts";
import { startTestCluster } from "../../src/testing/index.ts";
import { failureOf } from "../support/failure.ts";

// Put it in: retryOptions.ts: `retryPolicy` without `checkFields`.
it.each([
  [5, /retry: 5 is not an object with some of maxAttempts, /],
  ["x", /retry: "x" is not an object/],
  [[], /retry: \[\] is not an object/],
  [{ bogus: 1 }, /retry: "bogus" is not one of maxAttempts, /],
  [{ maxAttempts: 2, initialBackoffMs: 1 }, /retry: "initialBackoffMs" is not one of/],
])("a retry policy of %j is refused wherever it is given", async (retry, message) => {
  await using cluster = await startTestCluster();
  const given = { retry: retry as never };
  const job = defineJob({ queue: "q", defaults: given });
  const calls = [
    cluster.jobs.enqueue("q", 1, given),
    cluster.enqueue(job, 1),
    cluster.queues.set("q", given),
    cluster.schedules.put("s", { queue: "q", every: "1h", ...given }),
  ];
  for (const call of calls) {
    const error = await failureOf(call);
    expect(error.code).toBe("INVALID_ARGUMENT");
    expect(error.message).toMatch(message);
  }
});

it.each(["1s", 5, {}])("delays of %j are refused as what they are", async (delays) => {
  await using cluster = await startTestCluster();
  const error = await failureOf(cluster.jobs.enqueue("q", 1, { retry: { delays: delays as never } }));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(error.message).toMatch(/^retry.delays: .* is not an array/);
});

// Put it in: retryOptions.ts, `askedRetry`: ask `Object.values(retry)`.
it("a policy counts also where its fields are not its own", async () => {
  class Patient {
    get maxAttempts() {
      return 7;
    }
  }
  await using cluster = await startTestCluster();
  const { id } = await cluster.jobs.enqueue("q", 1, { retry: new Patient() });
  expect((await cluster.jobs.get(id)).maxAttempts).toBe(7);
});

// Put it in: retryOptions.ts, `askedRetry`: return the policy.
it.each([{}, { maxAttempts: undefined }])("%j asks for no policy: that of the queue holds", async (retry) => {
  await using cluster = await startTestCluster();
  await cluster.queues.set("q", { retry: { maxAttempts: 3 } });
  const { id } = await cluster.jobs.enqueue("q", 1, { retry });
  expect((await cluster.jobs.get(id)).maxAttempts).toBe(3);
});
