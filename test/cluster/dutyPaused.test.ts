import { expect, test } from "vitest";
import { EmbeddedNodes, type Told } from "../support/embeddedNodes.ts";
import { until } from "../support/until.ts";

test("a paused leader's duty finds its signal aborted when it wakes, before it does anything more", async () => {
  await using nodes = await EmbeddedNodes.start();
  const begun = async (above: number): Promise<Told> =>
    await until(`a duty runs in a term above ${above}`, () =>
      nodes.told.find(({ what, term }) => what === "acts" && term > above),
    );
  let { node: leader, term } = await begun(0);
  for (let pause = 0; pause < 5; pause++) {
    nodes.signal(leader, "SIGSTOP");
    const successor = await begun(term);
    expect(successor.node).not.toBe(leader);
    const heard = nodes.told.length;
    const wokenAt = process.hrtime.bigint();
    nodes.signal(leader, "SIGCONT");
    const former = term;
    await until("the former leader's duty ends", () =>
      nodes.told.slice(heard).some((each) => each.what === "ends" && each.term === former),
    );
    const late = nodes.told.slice(heard).filter((each) => each.term === former);
    // One act may have been stopped after its look at the signal; none may look once it is awake.
    const halfDone = late.filter(({ what, at }) => what === "acts" && at < wokenAt);
    expect(halfDone.length).toBeLessThanOrEqual(1);
    expect(late.slice(halfDone.length)).toMatchObject([{ node: leader, what: "ends", term: former }]);
    ({ node: leader, term } = successor);
  }
  // Whoever is killed is followed by a higher term as well. By when they had looked: what was half done is told on waking.
  nodes.signal(leader, "SIGKILL");
  await begun(term);
  const acts = nodes.told.filter(({ what }) => what === "acts");
  const terms = acts.toSorted((a, b) => Number(a.at - b.at)).map(({ term }) => term);
  expect(terms).toEqual(terms.toSorted((a, b) => a - b));
}, 90_000);
