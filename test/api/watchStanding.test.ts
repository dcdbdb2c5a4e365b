import { afterEach, beforeEach, expect, test } from "vitest";
import type { WatchReply__Output } from "../../src/generated/conclave/v1/WatchReply.ts";
import type { NodeView } from "../../src/node/service.ts";
import { StandingClock } from "../support/standingClock.ts";
import { eventually, type Harness, Received, refusalOf, start } from "./harness.ts";

let on: Harness;
let clock: StandingClock;
beforeEach(async () => {
  clock = new StandingClock();
  on = await start({ after: (delayMs, callback) => clock.after(delayMs, callback) });
});
afterEach(() => on[Symbol.asyncDispose]());

async function watch() {
  const stream = on.manage.watch({});
  const received = new Received<WatchReply__Output>(stream);
  await received.until((messages) => messages.length > 0);
  return { stream, received };
}

// Put it in: watch.ts: without `#confirm`.
test.each<readonly [NodeView["standing"], string, string]>([
  ["removed", "MEMBER_REMOVED", "node n1 was removed from the cluster"],
  ["joining", "UNAVAILABLE", "has not been taken into the cluster yet"],
])("a watch ends when its node is no member any more: %s", async (standing, code, message) => {
  const { received } = await watch();
  on.node.view = { standing };
  clock.pass(5_000);
  const refused = refusalOf(await received.status);
  expect(refused.detail).toMatchObject({ code });
  expect(refused.details).toContain(message);
  expect([on.node.events.listeners, clock.pending]).toEqual([0, 0]);
});

test("it ends when its node hears from no leader for long, and not for an election", async () => {
  const { received } = await watch();
  on.node.follow(null);
  clock.pass(5_000);
  clock.pass(5_000);
  on.node.follow({ id: "n2", address: "127.0.0.1:7401" });
  clock.pass(5_000);
  on.node.follow(null);
  clock.pass(5_000);
  clock.pass(5_000);
  expect(on.node.events.listeners).toBe(1);
  clock.pass(5_000);
  const refused = refusalOf(await received.status);
  expect(refused.detail).toMatchObject({ code: "UNAVAILABLE", retryable: true });
  expect(refused.details).toContain("node n1 hears from no leader");
});

test("one whose reader has left looks no more", async () => {
  const { stream } = await watch();
  expect(clock.pending).toBeGreaterThan(0);
  stream.cancel();
  await eventually(() => clock.pending === 0);
  expect(on.node.events.listeners).toBe(0);
});
