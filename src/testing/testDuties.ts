import { localEnqueue } from "../api/localEnqueue.ts";
import { JobId, Term } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import { SeededRandom } from "../base/random.ts";
import { LeaderDuties } from "../duties/leaderDuties.ts";
import { pollWhileLeader, type SourcesOptions } from "../duties/sources.ts";
import type { FunctionSource } from "../duties/sourceTypes.ts";
import type { Duty, DutyOptions, LeaderDuty } from "../duties/types.ts";
import type { ClusterNode } from "../node/node.ts";
import { sourceSettings } from "./testSource.ts";
import type { VirtualTime } from "./virtualTime.ts";

/** Of real time, for duties that do not heed their signal. */
const graceMs = 1_000;
const nothing = (): void => undefined;

/** What of leadership duties see: the only node's own, as if others had led in between where a test says so. */
class Leadership {
  readonly #node: ClusterNode;
  readonly #watchers = new Set<() => void>();
  #others = 0;
  #isAway = false;

  constructor(node: ClusterNode) {
    this.#node = node;
  }

  get term(): Term | null {
    const { term } = this.#node.leading;
    return term === null || this.#isAway ? null : Term(term + this.#others);
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    const unwatch = this.#node.leading.watch(watcher);
    return () => {
      this.#watchers.delete(watcher);
      unwatch();
    };
  }

  /** Another node leads; this one again, in a later term. */
  set isAway(isAway: boolean) {
    if (isAway) this.#others++;
    this.#isAway = isAway;
    this.look();
  }

  /** At once, and not with the node's next tick. */
  look(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** Duties of the leader in a test cluster. */
export class TestDuties {
  readonly #leadership: Leadership;
  readonly #duties: LeaderDuties;
  readonly #time: VirtualTime;
  readonly #polling: SourcesOptions;

  constructor(node: ClusterNode, time: VirtualTime, logger: Logger) {
    this.#time = time;
    this.#leadership = new Leadership(node);
    const shared = {
      monotonicMs: () => time.now(),
      enqueue: localEnqueue(node),
      random: new SeededRandom("duties"),
      logger,
    };
    this.#polling = {
      ...shared,
      jobExists: (id) => node.state.job(JobId(id)) !== undefined,
      telemetry: { sourceKnown: nothing, polled: nothing, items: nothing },
      env: {},
      userAgent: "conclave/test",
      wallMs: () => time.wallMs(),
    };
    this.#duties = new LeaderDuties({
      ...shared,
      nodeId: node.nodeId,
      leading: this.#leadership,
      logTime: () => time.wallMs(),
      telemetry: { dutyKnown: nothing, dutyBegan: nothing, dutyEnded: nothing },
    });
  }

  whileLeader(duty: Duty, options?: DutyOptions): LeaderDuty {
    const given = this.#duties.whileLeader(duty, options);
    this.#leadership.look();
    return given;
  }

  pollSource(source: FunctionSource): void {
    pollWhileLeader(this.#duties, [sourceSettings(source)], this.#polling);
    this.#leadership.look();
  }

  /** How long until one of them has something to do. */
  get dueMs(): number {
    return (this.#duties.nextAt ?? Number.POSITIVE_INFINITY) - this.#time.now();
  }

  /** Another node leads until `done` has been called. */
  depose(): () => void {
    this.#leadership.isAway = true;
    return () => {
      this.#leadership.isAway = false;
    };
  }

  close(): Promise<void> {
    return this.#duties.close(graceMs);
  }
}
