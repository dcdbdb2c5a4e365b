import { describe, expect, test } from "vitest";
import { Incarnation, LogIndex, NodeId } from "../../src/base/brands.ts";
import { Standing } from "../../src/node/standing.ts";
import type { Configuration } from "../../src/raft/types.ts";
import { recordingLogger } from "../support/silence.ts";

const n1 = NodeId("n1");
const n2 = NodeId("n2");

function configuration(index: number, ids: readonly string[], incarnation?: string): Configuration {
  const details = {
    address: "h:1",
    incarnation: incarnation ?? "",
    since: LogIndex(1),
    promote: false,
    replaces: null,
  };
  return {
    index: LogIndex(index),
    membership: {
      voters: ids.map(NodeId),
      outgoing: [],
      learners: [],
      ...(incarnation === undefined ? {} : { details: { [n2]: details } }),
    },
  };
}

function standing(joining: { readonly replaces: string } | null) {
  const logger = recordingLogger();
  let takenIn = 0;
  const it = new Standing({
    identity: { nodeId: n2, incarnation: Incarnation("mine"), joining },
    logger,
    onTakenIn: () => {
      takenIn += 1;
    },
  });
  const errors = (): number => logger.lines.filter(({ level }) => level === "error").length;
  return { it, errors, takenIn: () => takenIn };
}

describe("where a node stands", () => {
  test("a founding member is one from the start, until a configuration does without it; that is told once", () => {
    const { it, errors } = standing(null);
    it.configured(configuration(0, ["n1", "n2"]));
    expect(it.now(n1)).toBe("member");
    it.configured(configuration(7, ["n1"]));
    it.configured(configuration(9, ["n1", "n3"]));
    expect(it.now(n1)).toBe("removed");
    expect(errors()).toBe(1);
    it.configured(configuration(12, ["n1", "n2"]));
    expect(it.now(n1)).toBe("member");
  });

  test("a node that joins is taken in by the configuration that names its incarnation, not by those before", () => {
    const { it, errors, takenIn } = standing({ replaces: "old" });
    it.configured(configuration(0, []));
    it.configured(configuration(3, ["n1", "n2"]));
    it.configured(configuration(5, ["n1", "n2"], "old"));
    it.configured(configuration(6, ["n1"]));
    // Announced by hand, for the first that comes: that was the one whose data is gone.
    it.configured(configuration(8, ["n1", "n2"], ""));
    expect(it.now(n1)).toBe("joining");
    expect(takenIn()).toBe(0);
    it.configured(configuration(9, ["n1", "n2"], "mine"));
    it.configured(configuration(10, ["n1", "n2", "n3"], "mine"));
    expect(it.now(n1)).toBe("member");
    expect(takenIn()).toBe(1);
    expect(errors()).toBe(0);
  });

  test("a new node that was announced by hand goes on asking until its own directory is named", () => {
    const { it, takenIn } = standing({ replaces: "" });
    it.configured(configuration(8, ["n1", "n2"], ""));
    expect([it.now(n1), takenIn()]).toEqual(["joining", 0]);
    it.configured(configuration(9, ["n1", "n2"], "mine"));
    expect([it.now(n1), takenIn()]).toEqual(["member", 1]);
  });

  test("when the id was given to other data, this node is out", () => {
    const { it } = standing(null);
    it.configured(configuration(8, ["n1", "n2"], "another"));
    expect(it.now(null)).toBe("removed");
  });

  test("hearsay of a removal counts while nobody leads this node, for it may be taken back", () => {
    const { it, errors } = standing(null);
    it.configured(configuration(0, ["n1", "n2"]));
    it.turnedAway(n1, "removed by the configuration of entry 7");
    it.turnedAway(n1, "removed by the configuration of entry 7");
    expect(errors()).toBe(1);
    expect([it.now(null), it.now(n1)]).toEqual(["removed", "member"]);
    it.led();
    expect(it.now(null)).toBe("member");
  });

  test("a joining node that is turned away as removed goes on joining", () => {
    const { it, errors } = standing({ replaces: "" });
    it.turnedAway(n1, "removed");
    expect([it.now(null), errors()]).toEqual(["joining", 0]);
  });
});
