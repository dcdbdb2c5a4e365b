import type { Random } from "../../src/base/random.ts";
import type { RaftCensus } from "./raftCensus.ts";
import type { RaftCluster } from "./raftCluster.ts";

/** Strikes at the worst moments, which chance alone would hardly ever find. `chance` is that of each one. */
export function sabotage(
  cluster: RaftCluster,
  chance: number,
  random: Random,
  untilMs: number,
  census: RaftCensus,
): void {
  cluster.observe((node, effect) => {
    if (cluster.schedule.now >= untilMs || random.next() >= chance) return;
    const { life } = node;
    const crashSoon = () =>
      cluster.schedule.after(random.below(12), () => {
        if (node.life !== life || !node.isUp || cluster.schedule.now >= untilMs) return;
        census.onCrash(node);
        cluster.crash(node, random.next() < 0.7);
      });
    if (effect.type === "installSnapshot") return crashSoon();
    if (effect.type !== "membershipChanged" || effect.committed) return;
    // While it is joint; or nobody hears of the change: it will be rolled back.
    if (effect.configuration.membership.outgoing.length > 0) crashSoon();
    else if (node.status?.role === "leader" && random.next() < 0.5) cluster.partition([node.id]);
  });
}
