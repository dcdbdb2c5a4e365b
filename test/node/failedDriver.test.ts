import { describe, expect, test } from "vitest";
import { NodeId } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { job, singleNode } from "../support/singleNode.ts";

const failure = new ConclaveError("DISK_FAILED", "the disk refuses a write");

/** A leader with `ask` under way; then its disk refuses a write. */
async function failedLeader<Asked>(ask: (node: ReturnType<typeof singleNode>["node"]) => Asked) {
  const made = singleNode();
  const { node, disk, run } = made;
  await run(3_000);
  expect(node.status().raft.role).toBe("leader");
  disk.hangs = true;
  const inLog = codeOf(node.enqueue([job("in-log")]));
  await run(40);
  const asked = ask(node);
  await run(40);
  disk.failure = failure;
  disk.release();
  await run(40);
  expect(made.failures).toEqual([failure]);
  return { ...made, inLog, asked };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => "done",
    (error: unknown) => (error instanceof ConclaveError ? error.code : String(error)),
  );
}

describe("a leader whose disk refuses a write", () => {
  test("leads no more: not by its status, for its duties or for its workers", async () => {
    const closed: string[] = [];
    const duties: unknown[] = [];
    const { node } = await failedLeader((its) => {
      its.leading.watch(() => duties.push(its.leading.term));
      const onClosed = ({ code }: ConclaveError): void => void closed.push(code);
      its.openWorker({ workerId: "w", queues: ["q"], credits: 1, onJobs: () => undefined, onClosed });
    });
    expect(node.status().raft).toMatchObject({ role: "follower", leader: null, leaseUntil: null });
    expect(node.leading.term).toBeNull();
    expect(duties.at(-1)).toBeNull();
    expect(closed).toEqual(["NO_LEADER"]);
  });

  test("answers whoever waits", async () => {
    const n4 = { id: NodeId("n4"), address: "h:1", incarnation: "i", promote: false, replaces: NodeId("") };
    const { inLog, asked } = await failedLeader((node) => ({
      enqueued: codeOf(node.enqueue([job("j1")])),
      read: codeOf(node.readBarrier()),
      transfer: codeOf(node.transferLeadership(NodeId("n2"))),
      change: codeOf(node.changeMembership({ add: [n4], promote: [], remove: [] }, true)),
    }));
    expect(await inLog).toBe("OUTCOME_UNKNOWN");
    expect(await asked.enqueued).toBe("NO_LEADER");
    expect(await asked.read).toBe("NO_LEADER");
    expect(await asked.transfer).toBe("SHUTTING_DOWN");
    expect(await asked.change).toBe("NO_LEADER");
  });

  test("refuses what comes later", async () => {
    const { node } = await failedLeader(() => undefined);
    expect(await codeOf(node.enqueue([job("j2")]))).toBe("SHUTTING_DOWN");
    expect(await codeOf(node.readBarrier())).toBe("SHUTTING_DOWN");
    expect(await codeOf(node.transferLeadership(null))).toBe("SHUTTING_DOWN");
    expect(await codeOf(node.openSnapshot())).toBe("SHUTTING_DOWN");
  });

  test("stops at once, without a successor", async () => {
    const { node, logger } = await failedLeader(() => undefined);
    await node.handOver();
    await node.stop();
    expect(logger.lines.map(({ message }) => message)).toContain("became follower");
  });
});
