import { localEnqueue } from "../../../src/api/localEnqueue.ts";
import { JobId } from "../../../src/base/brands.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { LeaderDuties } from "../../../src/duties/leaderDuties.ts";
import type { DutyContext } from "../../../src/duties/types.ts";
import type { ClusterNode } from "../../../src/node/node.ts";
import { boundedQueue } from "../workload/queueKeeper.ts";
import type { Boot } from "./boot.ts";
import { silentLogger } from "./silentLogger.ts";

export const dutyNames: readonly string[] = ["sweep", "report"];
const queue = "q0";

/** As src/main.ts: what programs that embed a node have it do while it leads. Null in runs without. */
export function giveDuties({ world, member, life }: Boot, node: ClusterNode): LeaderDuties | null {
  const paceMs = world.mix.workload.features.dutyPaceMs ?? 0;
  if (paceMs === 0 || life.isStranger) return null;
  const { coverage, oracle, termsOfDuty } = world;
  const { host } = life;
  const random = world.random(`duties/${host.name}`);
  let made = 0;

  const enqueue = async (context: DutyContext, isLate: boolean): Promise<void> => {
    const { name, term } = context;
    const id = JobId(`${name}.${term}.${member.id}-${life.number}-${++made}`);
    oracle.expect(id, boundedQueue(world) === queue, { isRecorded: false });
    termsOfDuty.expect(id, term);
    const options = { lease: "2s", retention: "30d", deadRetention: "30d" } as const;
    try {
      const [told] = await context.enqueue([{ id, queue, data: { term }, ...options }]);
      if (isLate) world.fail(`Q12: duty ${name} of term ${term} enqueues after its signal aborted`);
      if (told?.error === undefined) oracle.enqueued(id, { id, state: "ready", existing: false }, null);
      coverage.count("leader's duty", told?.error === undefined ? "enqueued" : told.error.code);
    } catch (error) {
      if (!(error instanceof ConclaveError))
        world.fail(`a duty's enqueue throws what is no ConclaveError`, error);
      else coverage.count("leader's duty", isLate ? "turned away when late" : error.code);
    }
  };

  /** A timer of its own wakes it: one that a process which was stopped hears before any tick. */
  const lookOften = async ({ name, term, signal }: DutyContext): Promise<void> => {
    for (let looks = 25; looks > 0 && !signal.aborted; looks--) {
      termsOfDuty.onActs(name, member.id, term);
      await host.sleep(8);
    }
  };

  const inOffice = async (context: DutyContext): Promise<boolean> => {
    const { name, term, signal, sleep } = context;
    while (!signal.aborted) {
      termsOfDuty.onActs(name, member.id, term);
      const dice = random.next();
      const ms = paceMs * 2 * random.next();
      // In the end all jobs have to be done: no new ones then.
      if (dice < 0.4 && !world.healed) await enqueue(context, false);
      if (dice < 0.6) await sleep(Math.ceil(ms));
      else await lookOften(context);
      if (world.healed) continue;
      if (dice < 0.02) throw new Error("did not work");
      if (dice > 0.99) return !signal.aborted;
    }
    // It does not heed its signal, and comes late with what it has.
    if (random.next() < 0.3) {
      await host.sleep(6_000 * random.next());
      await enqueue(context, true);
    }
    return false;
  };

  const duties = new LeaderDuties({
    nodeId: member.id,
    leading: node.leading,
    monotonicMs: () => host.monotonicMs(),
    logTime: () => node.status().logTime,
    enqueue: localEnqueue(node),
    random: new SeededRandom(`${world.seed}/duties/backoff/${host.name}`),
    logger: silentLogger,
    telemetry: {
      dutyKnown: () => undefined,
      dutyBegan: () => undefined,
      dutyEnded: (_name, failed) => coverage.count("leader's duty", failed ? "failed" : "ended"),
    },
  });
  for (const name of dutyNames)
    duties.whileLeader(
      async (context) => {
        const { term, signal } = context;
        termsOfDuty.onBegan(name, member.id, host, term);
        signal.addEventListener("abort", () => termsOfDuty.onAborted(name, host, term));
        let isDone = false;
        try {
          isDone = await inOffice(context);
        } finally {
          termsOfDuty.onEnded(name, host, isDone);
        }
      },
      { name, backoff: { initial: "200ms", max: "2s" } },
    );
  return duties;
}
