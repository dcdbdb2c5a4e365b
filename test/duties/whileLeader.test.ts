import { expect, test } from "vitest";
import type { DutyContext } from "../../src/main.ts";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

test("in a cluster of programs the leader's alone runs the duty, whoever leads, and its jobs are everybody's", async () => {
  await using cluster = await InProcessCluster.start(3);
  const story: string[] = [];
  const running = new Set<string>();
  const overlaps: string[] = [];
  const duty = async ({ nodeId, term, signal, enqueue, logTime, sleep }: DutyContext): Promise<void> => {
    overlaps.push(...running);
    running.add(nodeId);
    story.push(`${nodeId} ${term} begins`);
    await enqueue([{ queue: "told", data: { nodeId, at: logTime() }, id: `term-${term}` }]);
    try {
      while (!signal.aborted) await sleep("10ms");
    } finally {
      running.delete(nodeId);
      story.push(`${nodeId} ${term} ends`);
    }
  };
  const nodes = ["n1", "n2", "n3"].map((id) => ({
    id,
    duty: cluster.node(id).whileLeader(duty, { name: "watch" }),
  }));
  const runner = (): string => [...running][0] ?? "";
  const client = await cluster.connect("n1", "n2", "n3");
  await until("the leader's runs", () => running.size === 1);
  const first = runner();

  const to = nodes.find(({ id }) => id !== first)?.id ?? "";
  await client.transferLeadership({ to, timeout: "5m" });
  await until("it runs at the successor", () => runner() === to);

  // A planned stop: the duty has ended before anybody else may lead.
  await cluster.stop(to);
  await until("it runs at a third leader", () => running.size === 1 && runner() !== to);
  expect(nodes.filter(({ duty }) => duty.running).map(({ id }) => id)).toEqual([runner()]);

  const last = nodes.find(({ id }) => id === runner());
  await last?.duty.stop();
  expect(running.size).toBe(0);

  expect(overlaps).toEqual([]);
  const terms = story.flatMap((line) => (line.endsWith("begins") ? Number(line.split(" ")[1]) : []));
  expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b));
  expect(story.map((line) => line.split(" ")[2])).toEqual(terms.flatMap(() => ["begins", "ends"]));
  for (const term of terms) expect((await client.jobs.get(`term-${term}`)).queue).toBe("told");
  await client.close();
}, 60_000);
