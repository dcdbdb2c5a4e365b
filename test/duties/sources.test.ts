import { expect, test } from "vitest";
import { nodeDefaults, type PolledSource, type PollRequest, startNode } from "../../src/main.ts";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

test("programs whose nodes have a function for a source: it is asked at the leader, and what it brings are jobs of all", async () => {
  const asked: PollRequest[] = [];
  const taken: string[] = [];
  const backlog = [
    { number: 1, urgent: "high", who: "a" },
    { number: 2 },
    { text: "x".repeat(300_000), number: 3 },
  ];
  const source: PolledSource = {
    name: "late",
    queue: "remind",
    interval: "50ms",
    mapping: { id: "number", priority: "urgent", agent: "who" },
    poll: async (request) => {
      asked.push(request);
      return await Promise.resolve(backlog);
    },
    ack: async (ids) => {
      taken.push(...ids);
      return await Promise.resolve();
    },
  };
  await using cluster = await InProcessCluster.start(3, 3, { sources: [source] });
  await using client = await cluster.connect("n1", "n2", "n3");
  await until("it is asked again and again", () => asked.length > 3);
  const first = asked[0];
  expect(new Set(asked.map(({ nodeId }) => nodeId)).size).toBe(1);
  expect(new Set(taken)).toEqual(new Set(["1", "2"]));

  const to = ["n1", "n2", "n3"].find((id) => id !== first?.nodeId) ?? "";
  await client.transferLeadership({ to });
  const before = asked.length;
  await until("it is asked elsewhere", () => asked.length > before + 3);
  const later = asked.slice(before).filter(({ nodeId }) => nodeId === to);
  expect(later.every(({ term }) => term > (first?.term ?? 0))).toBe(true);
  const terms = asked.map(({ term }) => term);
  expect(terms).toEqual(terms.toSorted((a, b) => a - b));

  const page = await client.jobs.list({ queue: "remind" });
  expect(page.jobs.map(({ id, priority, agent }) => ({ id, priority, agent }))).toEqual([
    { id: "late/1", priority: "high", agent: "a" },
    { id: "late/2", priority: "normal", agent: "" },
  ]);
  expect((await client.jobs.get("late/2")).data).toEqual({ number: 2 });
  expect((await client.jobs.stats()).enqueued).toBe(2);
}, 60_000);

test("a node does not start with sources that it could not poll, and says why", async () => {
  const start = async (sources: readonly PolledSource[]): Promise<unknown> =>
    await startNode({
      ...nodeDefaults,
      id: "n1",
      dataDir: "/nowhere/at/all",
      peers: [{ id: "n1", address: "127.0.0.1:1" }],
      advertisePeer: "127.0.0.1:1",
      advertiseClient: "",
      logLevel: "silent",
      sources,
    });
  const source = { name: "s", queue: "q", url: "http://127.0.0.1:1/" };
  await expect(start([{ ...source, interval: "soon" }])).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringMatching(/^sources: "s": interval: "soon" must be a duration/),
  });
  const headers = { Authorization: { env: "NO_SUCH_VARIABLE" }, "X-Key": "secret" };
  await expect(start([{ ...source, headers }])).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: 'sources: "s": header Authorization: the variable NO_SUCH_VARIABLE is not set',
  });
});
