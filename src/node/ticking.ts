import type { ClockWatch } from "./clockWatch.ts";
import type { Driver } from "./driver.ts";
import type { Founding } from "./founding.ts";
import type { Handover } from "./handover.ts";
import type { Housekeeper } from "./housekeeper.ts";
import type { Leading } from "./leading.ts";
import type { MembershipChanges } from "./membershipChanges.ts";
import type { NoticeLog } from "./noticeLog.ts";
import type { Recurring, Runtime } from "./runtime.ts";
import type { StateKeeper } from "./stateKeeper.ts";

/** How late a timeout may be noticed while there is something to do: a fiftieth of the default election timeout. */
const tickMs = 20;

export interface TickingOptions {
  readonly runtime: Runtime;
  readonly founding: Founding;
  readonly driver: Driver;
  readonly changes: MembershipChanges;
  readonly keeper: StateKeeper;
  readonly notices: NoticeLog;
  readonly clockWatch: ClockWatch;
  readonly leading: Leading;
  readonly handover: Handover;
  readonly housekeeper: Housekeeper;
}

/**
 * What a node does because time has passed. It is woken when something is due, and every 20 ms only while things are under
 * way: a node with nothing to do wakes for heartbeats, and little else.
 */
export class Ticking {
  readonly #options: TickingOptions;
  readonly #timer: Recurring;

  constructor(options: TickingOptions) {
    this.#options = options;
    this.#timer = options.runtime.every(
      tickMs,
      () => this.#tick(),
      () => this.#idleMs(),
    );
  }

  /** After each turn of the driver, which may have brought something that is due sooner. */
  look(): void {
    this.#timer.look();
  }

  stop(): void {
    this.#timer.stop();
  }

  #tick(): void {
    const { runtime, founding, driver, changes, keeper, notices, clockWatch, leading } = this.#options;
    founding.tick(runtime.monotonicMs());
    if (founding.isOver) driver.tick();
    changes.tick();
    keeper.tick(driver.leads);
    notices.flush();
    clockWatch.check(runtime.monotonicMs(), () => driver.clock.offsetMs());
    leading.look();
    if (!driver.leads) return;
    this.#options.handover.checkDisk(driver.writeStalledMs);
    this.#options.housekeeper.check(driver.clock.now());
    // What fell due, or waited for the leader lease, goes into the log with the next turn.
    if (driver.proposer.waiting) driver.wake();
  }

  /** For how long `#tick` will have nothing to do that cannot wait for a second, by what is known now. */
  #idleMs(): number {
    const { runtime, founding, driver, changes, keeper, notices, leading, housekeeper } = this.#options;
    if (!founding.isOver || changes.isWaitedFor) return 0;
    const now = runtime.monotonicMs();
    const idle = Math.min(driver.idleMs(now), keeper.idleMs(now), notices.idleMs(now));
    if (!driver.leads) return idle;
    if (leading.isWatched || driver.writeStalledMs > 0 || driver.proposer.waiting) return 0;
    return Math.min(idle, housekeeper.idleMs(driver.clock.now()));
  }
}
