import { expect, test } from "vitest";
import { NodeId, Term } from "../../src/base/brands.ts";
import type { Leadership } from "../../src/node/driver.ts";
import { Handover } from "../../src/node/handover.ts";
import { recordingLogger } from "../support/silence.ts";

const n1 = NodeId("n1");
const n2 = NodeId("n2");
const leading: Leadership = { role: "leader", term: Term(1), leader: n1 };
const voted: Leadership = { role: "follower", term: Term(2), leader: null };
const following: Leadership = { role: "follower", term: Term(2), leader: n2 };

function handover(): { readonly it: Handover; readonly asked: (NodeId | null)[] } {
  const asked: (NodeId | null)[] = [];
  const begin = (to: NodeId | null): void => void asked.push(to);
  return { it: new Handover({ logger: recordingLogger(), electionTimeoutMs: 1000, begin }), asked };
}

test("who asked is told the successor, once there is one", async () => {
  const { it, asked } = handover();
  let told = false;
  const successor = it.request(n2).finally(() => {
    told = true;
  });
  it.onLeadership(voted, leading);
  await Promise.resolve();
  expect(told).toBe(false);
  it.onLeadership(following, voted);
  expect(await successor).toEqual({ leaderId: n2, term: 2 });
  expect(asked).toEqual([n2]);
});

test("a node that stops waits for no successor: when all stop at once there is none", async () => {
  const { it, asked } = handover();
  const left = it.leave();
  it.onLeadership(voted, leading);
  await left;
  expect(asked).toEqual([null]);
});

test("both are told when leadership stays", async () => {
  const { it } = handover();
  const both = [it.request(n2), it.leave()];
  it.onFailed("n2 did not catch up");
  for (const each of both) await expect(each).rejects.toMatchObject({ code: "TRANSFER_FAILED" });
});

test("a leader with a hung disk and no successor asks once an election timeout, not at every tick", () => {
  const { it, asked } = handover();
  for (let stalledMs = 0; stalledMs <= 3_500; stalledMs += 20) {
    const before = asked.length;
    it.checkDisk(stalledMs);
    if (asked.length > before) it.onFailed("there is no other voter");
  }
  expect(asked).toHaveLength(3);
  it.checkDisk(0);
  it.checkDisk(1_001);
  expect(asked).toHaveLength(4);
});
