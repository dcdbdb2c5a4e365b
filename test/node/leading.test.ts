import { expect, test } from "vitest";
import { electionTimeoutMs, singleNode } from "../support/singleNode.ts";

/** A node that leads, by now. */
async function leader() {
  const it = singleNode();
  await it.run(3 * electionTimeoutMs);
  expect(it.node.leading.term).toBe(it.node.status().raft.term);
  return it;
}

test("a node may act as the leader only once it has applied its own term's first command", async () => {
  const { node, run } = singleNode();
  const seen: { readonly role: string; readonly term: number | null; readonly applied: number }[] = [];
  node.leading.watch(() => {
    const { role } = node.status().raft;
    seen.push({ role, term: node.leading.term, applied: node.state.appliedIndex });
  });
  await run(3 * electionTimeoutMs);
  // Elected, and nothing applied yet: it may lack what its predecessors did.
  expect(seen.find(({ role }) => role === "leader")).toMatchObject({ term: null, applied: 0 });
  // The no-op that opens the term, and the command that begins it.
  expect(seen.find(({ term }) => term !== null)?.applied).toBe(2);
});

test("a process that was paused beyond its lease finds so by the clock, before any turn of its own", async () => {
  const { node, runtime } = await leader();
  runtime.sleep(electionTimeoutMs + 100);
  // No tick and no message so far: the core takes itself for the leader still.
  expect(node.status().raft.role).toBe("leader");
  expect(node.leading.term).toBeNull();
});

test("whoever watches is told before a successor is asked to take over", async () => {
  const { node, run, sent } = await leader();
  const asked: boolean[] = [];
  node.leading.watch(() => {
    if (node.leading.term === null) asked.push(sent.some(({ message }) => message.type === "timeoutNow"));
  });
  const left = node.handOver();
  await run(20);
  expect(asked[0]).toBe(false);
  expect(node.leading.term).toBeNull();
  // Nobody takes over: it goes on leading, and may act again, in the same term.
  await run(2 * electionTimeoutMs);
  await left;
  expect(node.leading.term).toBe(node.status().raft.term);
});

test("a node that stops may not act any more, and says so", async () => {
  const { node } = await leader();
  const terms: (number | null)[] = [];
  const unwatch = node.leading.watch(() => terms.push(node.leading.term));
  await node.stop();
  expect(terms).toEqual([null]);
  unwatch();
  node.leading.look();
  expect(terms).toHaveLength(1);
});
