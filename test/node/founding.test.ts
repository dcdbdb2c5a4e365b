import { expect, test } from "vitest";
import { NodeId } from "../../src/base/brands.ts";
import { Founding } from "../../src/node/founding.ts";
import { recordingLogger } from "../support/silence.ts";

const [n1, n2, n3] = [NodeId("n1"), NodeId("n2"), NodeId("n3")];

function founding(isNew: boolean) {
  const logger = recordingLogger();
  let founded = 0;
  const it = new Founding({
    identity: {
      nodeId: n1,
      membership: { voters: [n1, n2, n3], outgoing: [], learners: [] },
      founding: isNew,
    },
    logger,
    onFounded: () => {
      founded += 1;
    },
  });
  return { it, logger, founded: () => founded };
}

test("bug 29: a new founding member takes no part before every other founder has met it, and it has written that down", () => {
  const { it, founded } = founding(true);
  it.met(n2);
  it.met(n2);
  it.met(n1);
  expect([founded(), it.isOver]).toEqual([0, false]);
  it.met(n3);
  // Durable first: after a restart it must not wait, and wiped it must not pass.
  expect([founded(), it.isOver]).toEqual([1, false]);
  it.met(n3);
  expect(founded()).toBe(1);
  it.end();
  expect(it.isOver).toBe(true);
});

test("one that has been met by all goes on at once", () => {
  const { it, founded } = founding(false);
  expect(it.isOver).toBe(true);
  it.met(n2);
  expect(founded()).toBe(0);
});

test("who waits for founders says for whom, every ten seconds", () => {
  const { it, logger } = founding(true);
  it.met(n3);
  for (let now = 0; now <= 25_000; now += 500) it.tick(now);
  expect(logger.lines.map(({ fields }) => fields)).toEqual([{ missing: [n2] }, { missing: [n2] }]);
});

test("founders that were wiped do not found the cluster once more when a member that came later is heard of", () => {
  const { it, logger, founded } = founding(true);
  it.met(n2);
  // A founder is a member by a later configuration as well, and may wait for this very directory.
  it.exists(n2);
  expect(logger.lines).toEqual([]);
  it.exists(NodeId("n4"));
  it.exists(NodeId("n4"));
  it.met(n3);
  it.tick(0);
  it.tick(60_000);
  expect([founded(), it.isOver]).toEqual([0, false]);
  expect(logger.lines).toEqual([
    expect.objectContaining({
      level: "error",
      fields: { peer: "n4" },
      message: expect.stringMatching(/--rejoin/),
    }),
  ]);
});

test("who has been met by all takes no notice of it", () => {
  const { it, logger } = founding(false);
  it.exists(NodeId("n4"));
  expect(it.isOver).toBe(true);
  expect(logger.lines).toEqual([]);
});
