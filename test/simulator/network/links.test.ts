import { expect, test } from "vitest";
import { SeededRandom } from "../../../src/base/random.ts";
import { Timeline } from "../time/timeline.ts";
import { Links } from "./links.ts";

// Put it in: links.ts, `stream`: hold at once what is sent while the link is cut.
test.each([0, 0.5, 3])(
  "what a stream carries keeps its order over cuts, one of which begins %d ms after the first",
  (ms) => {
    const timeline = new Timeline();
    const links = new Links(timeline, new SeededRandom(`order/${ms}`));
    links.traits = { ...links.traits, minMs: 1, typicalMs: 4 };
    const came: number[] = [];
    const send = (what: number): void => links.stream("a", "b", () => void came.push(what));
    send(0);
    timeline.at(ms, () => links.block("a", "b"));
    for (const what of [1, 2, 3]) timeline.at(ms + what, () => send(what));
    timeline.runUntil(50);
    expect(came).toEqual(ms === 3 ? came : []);
    // A short one more, while what was held is on its way.
    timeline.at(60, () => links.unblock("a", "b"));
    timeline.at(60.5, () => links.block("a", "b"));
    timeline.at(60.6, () => send(4));
    timeline.at(61, () => links.unblock("a", "b"));
    timeline.runUntil(100);
    expect(came).toEqual([0, 1, 2, 3, 4]);
  },
);
