import { afterEach, describe, expect, test } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import { Directory } from "../../src/client/directory.ts";
import { Leader } from "../../src/client/leader.ts";
import { Nodes } from "../../src/client/nodes.ts";
import { StandingClock } from "../support/standingClock.ts";

const mine = "c-1";
const ids = ["n1", "n2", "n3"];
const addressOf = (id: string): string => `${id}:7400`;

/** Which cluster each node says it belongs to; undefined: it does not answer. */
type Answers = Partial<Record<string, string>>;

const open: Leader[] = [];
afterEach(() => {
  for (const leader of open.splice(0)) leader.close();
});

/** A program that has met all three, in a world where each answers as it is told to. */
async function program(seeds: readonly string[] = ids) {
  const clock = new StandingClock();
  let answers: Answers = Object.fromEntries(ids.map((id) => [id, mine]));
  const call = (id: string) => {
    const clusterId = answers[id];
    if (clusterId === undefined) return Promise.reject(new ConclaveError("UNAVAILABLE", `${id} is silent`));
    const members = ids.map((nodeId) => ({ nodeId, clientAddress: addressOf(nodeId) }));
    const configuration = { configurationIndex: 1, configurationCommitted: true, members };
    return Promise.resolve({ clusterId, nodeId: id, role: "ROLE_FOLLOWER", term: 1, ...configuration });
  };
  const nodes = new Nodes((address) => {
    const id = address.split(":", 1)[0] ?? "";
    return { address, connected: false, call: () => call(id), close: () => undefined } as never;
  });
  const leader = new Leader(new Directory(seeds.map(addressOf)), nodes, undefined, clock);
  open.push(leader);
  await leader.ask();
  return {
    leader,
    clock,
    /** Time goes on by so many seconds, in which they answer like this. */
    pass: async (seconds: number, next: Answers): Promise<void> => {
      answers = next;
      await leader.ask();
      for (let second = 0; second < seconds; second++) {
        await settled();
        clock.pass(1_000);
      }
      await settled();
    },
  };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

const everywhere = (clusterId: string): Answers => Object.fromEntries(ids.map((id) => [id, clusterId]));

describe("the cluster is gone", () => {
  test("once every node has belonged to one and the same other cluster for ten seconds, and not before", async () => {
    const { leader, pass } = await program();
    await pass(9, everywhere("c-2"));
    expect(leader.gone).toBeUndefined();
    await pass(2, everywhere("c-2"));
    expect(leader.gone).toMatchObject({ code: "IDENTITY_MISMATCH", retryable: false });
    expect(leader.gone?.message).toMatch(
      /connected to, c-1, is gone: for 10 s only nodes of c-2 have answered/,
    );
    expect(leader.gone?.message).toContain("n1:7400, n2:7400, n3:7400");
    expect(() => leader.checkOpen()).toThrow(leader.gone);
    expect(leader.closed).toBe(true);
  });

  test("when the one that does not answer could not elect anybody alone", async () => {
    const { leader, pass } = await program();
    await pass(11, { n1: "c-2", n2: "c-2" });
    expect(leader.gone).toBeDefined();
  });

  test("after a minute when most of them do not answer: they may be about to start", async () => {
    const { leader, pass } = await program(["n1"]);
    await pass(59, { n1: "c-2" });
    expect(leader.gone).toBeUndefined();
    await pass(2, { n1: "c-2" });
    expect(leader.gone).toBeDefined();
  });
});

describe("the cluster is not gone", () => {
  test("while one of its nodes answers, be all others of another one", async () => {
    const { leader, pass, clock } = await program();
    await pass(300, { n1: "c-2", n2: "c-2", n3: mine });
    expect(leader.gone).toBeUndefined();
    expect(clock.pending, "nothing is looked at any more").toBe(0);
  });

  test("when they do not agree which other one they belong to", async () => {
    const { leader, pass } = await program();
    await pass(300, { n1: "c-2", n2: "c-3" });
    expect(leader.gone).toBeUndefined();
  });

  test("when one of its nodes comes back in time", async () => {
    const { leader, pass } = await program();
    await pass(9, everywhere("c-2"));
    await pass(1, { n1: "c-2", n2: mine });
    await pass(9, everywhere("c-2"));
    expect(leader.gone).toBeUndefined();
    await pass(2, everywhere("c-2"));
    expect(leader.gone).toBeDefined();
  });

  test("when nobody answers, or nodes that belong to no cluster yet", async () => {
    const { leader, pass } = await program();
    await pass(300, {});
    await pass(300, everywhere(""));
    expect(leader.gone).toBeUndefined();
  });

  test("because of what was heard before a silence, or before the process stood still", async () => {
    const { leader, pass, clock } = await program();
    await pass(6, everywhere("c-2"));
    await pass(6, {});
    await pass(6, everywhere("c-2"));
    expect(leader.gone).toBeUndefined();
    clock.pass(3_600_000);
    await pass(6, everywhere("c-2"));
    expect(leader.gone).toBeUndefined();
  });
});

test("a node that belongs to no cluster yet, beside one of the other cluster, does not speak for ours", async () => {
  const { leader, pass } = await program();
  await pass(61, { n1: "c-2", n2: "", n3: "" });
  expect(leader.gone).toBeDefined();
});

test("who has met no cluster yet takes whichever answers", async () => {
  const directory = new Directory("n1:7400");
  directory.learn("n1:7400", {
    clusterId: "c-2",
    nodeId: "n1",
    configurationIndex: 0,
    configurationCommitted: false,
    members: [],
  });
  expect(directory.clusterId).toBe("c-2");
});
