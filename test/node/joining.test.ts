import { describe, expect, test } from "vitest";
import { ClusterId, Incarnation, LogIndex, NodeId } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { type ClusterDoor, findLeader, joinUntilTakenIn } from "../../src/node/joining.ts";
import type { ClusterDescription, JoinRequest } from "../../src/node/ports.ts";
import { failureOf } from "../support/failure.ts";
import { recordingLogger } from "../support/silence.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

function description(leaderPeerAddress: string, clusterId = "c-1"): ClusterDescription {
  return {
    clusterId: ClusterId(clusterId),
    clusterName: "c",
    leaderId: leaderPeerAddress === "" ? null : NodeId("n1"),
    leaderPeerAddress,
    members: [],
    format: 1,
  };
}

const request: JoinRequest = {
  nodeId: NodeId("n4"),
  address: "h4:1",
  incarnation: Incarnation("i4"),
  replacesIncarnation: "",
  rejoin: false,
  voter: true,
  minFormat: 1,
  maxFormat: 1,
};

function harness(answers: Record<string, ClusterDescription>) {
  const runtime = new VirtualRuntime();
  const logger = recordingLogger();
  const stopping = new AbortController();
  const takenIn = new AbortController();
  const asked: string[] = [];
  const joins: (LogIndex | Error)[] = [];
  let tries = 0;
  const door: ClusterDoor = {
    describe: async (address) => {
      asked.push(address);
      const answer = answers[address];
      if (answer === undefined) throw new ConclaveError("UNAVAILABLE", `${address} does not answer`);
      return answer;
    },
    join: async () => {
      tries += 1;
      const answer = joins.shift() ?? LogIndex(9);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const common = { door, addresses: ["a:1", "b:1"], runtime, logger, signal: stopping.signal };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed <= ms; passed += 100) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      if (passed < ms) runtime.advance(100);
    }
  };
  const join = () => joinUntilTakenIn({ ...common, request: () => request, takenIn: takenIn.signal });
  return { common, answers, asked, joins, tries: () => tries, join, pass, stopping, takenIn, logger };
}

describe("looking for a leader", () => {
  test("asks one after the other, round and round with growing pauses, until one knows a leader", async () => {
    const { common, answers, asked, pass, logger } = harness({ "b:1": description("") });
    const found = findLeader(common, () => true);
    await pass(1_000);
    // At 0, 200 and 600 ms.
    expect(asked).toEqual(["a:1", "b:1", "a:1", "b:1", "a:1", "b:1"]);
    expect(logger.lines).toHaveLength(1);
    answers["b:1"] = description("leader:1");
    await pass(1_000);
    expect(await found).toMatchObject({ leaderPeerAddress: "leader:1" });
  });

  test("believes nobody while the addresses lead to different clusters: one of them was founded by mistake", async () => {
    const { common, answers, pass, logger } = harness({
      "a:1": description("a:1", "c-2"),
      // It knows no leader, but it knows where it belongs.
      "b:1": description(""),
    });
    const found = findLeader(common, () => true);
    await pass(1_000);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(/lead to different clusters/),
    ]);
    answers["b:1"] = description("leader:1");
    await pass(1_000);
    // The mistake was stopped.
    delete answers["a:1"];
    await pass(3_000);
    expect(await found).toMatchObject({ clusterId: "c-1", leaderPeerAddress: "leader:1" });
  });

  test("passes over members of other clusters when it knows its own", async () => {
    const { common } = harness({ "a:1": description("a:1", "c-2"), "b:1": description("b:1") });
    const found = findLeader(common, ({ clusterId }) => clusterId === "c-1");
    expect(await found).toMatchObject({ clusterId: "c-1", leaderPeerAddress: "b:1" });
  });

  test("ends with what the check throws, and when the node stops", async () => {
    const wrong = harness({ "a:1": description("leader:1") });
    const refusal = new ConclaveError("CONFIG_INVALID", "another cluster");
    const checked = findLeader(wrong.common, () => {
      throw refusal;
    });
    expect(await failureOf(checked)).toBe(refusal);

    const nobody = harness({});
    const found = findLeader(nobody.common, () => true);
    found.catch(() => undefined);
    await nobody.pass(500);
    nobody.stopping.abort(new ConclaveError("SHUTTING_DOWN", "stop"));
    expect(await failureOf(found)).toMatchObject({ code: "SHUTTING_DOWN" });
  });
});

describe("a node that joins", () => {
  test("asks again until the configuration that names it is here, not just until it was told so", async () => {
    const { join, tries, pass, takenIn } = harness({});
    const joined = join();
    await pass(1_000);
    expect(tries()).toBe(1);
    await pass(10_000);
    expect(tries()).toBe(2);
    takenIn.abort();
    await joined;
    await pass(30_000);
    expect(tries()).toBe(2);
  });

  test("goes on asking after a refusal, which an operator may lift, and says why", async () => {
    const { join, joins, tries, pass, stopping, logger } = harness({});
    joins.push(new ConclaveError("MEMBERSHIP_REFUSED", "n4 is a member already"));
    const joined = join();
    await pass(11_000);
    expect(tries()).toBe(2);
    const errors = logger.lines.filter(({ level }) => level === "error");
    expect(errors.map(({ message }) => message)).toEqual([expect.stringMatching(/n4 is a member already/)]);
    stopping.abort();
    await joined;
  });

  test("ends when its release cannot read what the cluster writes", async () => {
    const { join, joins } = harness({});
    joins.push(new ConclaveError("FORMAT_UNSUPPORTED", "format 2"));
    expect(await failureOf(join())).toMatchObject({ code: "FORMAT_UNSUPPORTED" });
  });
});
