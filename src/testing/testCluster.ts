import { type Duration, toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { aborted } from "../client/budget.ts";
import { Cluster } from "../client/cluster.ts";
import { Nodes } from "../client/nodes.ts";
import { onAbort } from "../client/signals.ts";
import { asConclaveError } from "../client/wireErrors.ts";
import { stopTimes } from "../client/worker.ts";
import type { StopOptions } from "../client/workerTypes.ts";
import type { FunctionSource } from "../duties/sourceTypes.ts";
import type { Duty, DutyOptions, LeaderDuty } from "../duties/types.ts";
import type { ClusterNode } from "../node/node.ts";
import { MemoryNode } from "./memoryNode.ts";
import { Services } from "./services.ts";
import { TestDuties } from "./testDuties.ts";
import { testAddress, testNode } from "./testNode.ts";
import { VirtualTime } from "./virtualTime.ts";

export interface TestClusterOptions {
  /** What the clocks show at the start; default: the real time. */
  readonly now?: Date | number | undefined;
  /** Of node and SDK; default: silent. */
  readonly logger?: Logger | undefined;
}

const defaultPatience = "1d";
/** In this time the node is elected: two election timeouts at most, twice over. */
const startupMs = 240_000;

/** What all connections to a test cluster share. */
interface Core {
  readonly time: VirtualTime;
  readonly node: ClusterNode;
  readonly services: Services;
  readonly duties: TestDuties;
  readonly logger: Logger | undefined;
  failure: Error | undefined;
}

/**
 * A cluster of one node in this process, for tests: the real node, machine and SDK, without disk, network or real time.
 * Clocks stand still but for `advance`. Close it when done.
 */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { now = Date.now(), logger } = options;
  const startMs = Math.floor(Number(now));
  if (!Number.isSafeInteger(startMs) || startMs < startupMs) {
    throw new ConclaveError("INVALID_ARGUMENT", `now: ${String(now)} is no Date nor ms since the epoch`);
  }
  const time = new VirtualTime(startMs - startupMs);
  const core: { -readonly [Key in keyof Core]?: Core[Key] } = { time, logger };
  core.node = testNode(time, logger ?? silent, (error) => {
    core.failure ??= error instanceof Error ? error : new Error(String(error));
  });
  core.services = new Services(core.node, time, logger ?? silent);
  core.duties = new TestDuties(core.node, time, logger ?? silent);
  const cluster = new TestCluster(core as Core);
  await cluster.advance(startupMs);
  return cluster;
}

/** A program's connection to a test cluster. */
export class TestConnection extends Cluster {
  readonly #nodes: readonly MemoryNode[];

  /** Use `startTestCluster`, or `connect` of a test cluster. */
  constructor({ time, services, logger }: Pick<Core, "time" | "services" | "logger">) {
    const made: MemoryNode[] = [];
    const make = (address: string): MemoryNode => {
      const node = new MemoryNode(address, services, time);
      made.push(node);
      return node;
    };
    super(testAddress, logger, { nodes: new Nodes(make), clock: time });
    this.#nodes = made;
  }

  /**
   * As if this program's process had been killed: nothing from it reaches the cluster any more. Its workers' jobs come
   * back when their leases run out. Handlers that run go on running, as zombies do.
   */
  sever(): void {
    for (const node of this.#nodes) node.sever();
  }
}

/** A cluster of one node with the SDK's whole surface, and a hand on its clocks. Made by `startTestCluster`. */
export class TestCluster extends TestConnection {
  readonly #core: Core;
  readonly #connections = new Set<TestConnection>();
  #ending: Promise<void> | undefined;

  /** Use `startTestCluster`. */
  constructor(core: Core) {
    super(core);
    this.#core = core;
  }

  /** What the clocks show, which is also what `runAt` is held against. */
  get now(): Date {
    return new Date(this.#core.time.wallMs());
  }

  /** Another program's connection: it may be severed without harm to this one. Closed together with the cluster. */
  connect(): TestConnection {
    const connection = new TestConnection(this.#core);
    this.#connections.add(connection);
    return connection;
  }

  /**
   * Lets so much time pass: retries and delays fall due, leases run out, timers of the SDK fire, each in its order and at
   * its moment. What follows from one is let happen before the next. It waits for no real time, so not for handlers that
   * do: await their jobs' `result()` for that.
   */
  async advance(duration: Duration): Promise<void> {
    const { time } = this.#core;
    const end = time.now() + toMs(duration, "duration");
    await this.settled();
    while (time.now() < end) await this.#step(end);
  }

  /** Lets time pass until `promise` settles, and gives what it gives. DEADLINE_EXCEEDED after `atMost`, default a day. */
  async advanceUntil<Value>(promise: Promise<Value>, atMost: Duration = defaultPatience): Promise<Value> {
    const { time } = this.#core;
    const end = time.now() + toMs(atMost, "atMost");
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.settled();
    while (!settled && time.now() < end) await this.#step(end);
    if (settled) return await promise;
    throw new ConclaveError(
      "DEADLINE_EXCEEDED",
      `not settled after ${String(atMost)} of the test cluster's time`,
    );
  }

  /**
   * Runs `duty` as `node.whileLeader` does on the elected leader (`conclave/node`): with a term, and a signal that `changeLeader`
   * aborts. Its `sleep` is of the cluster's time.
   */
  whileLeader(duty: Duty, options?: DutyOptions): LeaderDuty {
    return this.#core.duties.whileLeader(duty, options);
  }

  /** Polls a function for items, as the elected leader does with `sources` of its options; without jitter. */
  pollSource(source: FunctionSource): void {
    this.#core.duties.pollSource(source);
  }

  /**
   * As if another node led for `away` (default: an instant): duties' signals abort, and afterwards they run again in a later
   * term. Jobs, claims and connections go on.
   */
  async changeLeader(away: Duration = 0): Promise<void> {
    const comeBack = this.#core.duties.depose();
    await this.settled();
    await this.advance(away);
    comeBack();
    await this.settled();
  }

  /** Lets everything happen that follows from what was done so far, while the clocks stand still. */
  async settled(): Promise<void> {
    await this.#core.time.settled();
    if (this.#core.failure !== undefined) throw this.#core.failure;
  }

  /** Resolves after so much of the cluster's time: for handlers that take a while. Rejects with ABORTED. */
  sleep(duration: Duration, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(aborted(signal));
      const unlisten = onAbort(signal, () => {
        disarm();
        if (signal !== undefined) reject(aborted(signal));
      });
      const disarm = this.#core.time.after(toMs(duration, "duration"), () => {
        unlisten();
        resolve();
      });
    });
  }

  /** Stops all workers of all connections, which takes their `drain` of the cluster's time, not of yours. */
  override close(options: StopOptions = {}): Promise<void> {
    try {
      stopTimes(options);
    } catch (error) {
      return Promise.reject(asConclaveError(error));
    }
    this.#ending ??= this.#end(options);
    return this.#ending;
  }

  async #end(options: StopOptions): Promise<void> {
    const { node, services, duties } = this.#core;
    const connections = [...this.#connections].map((connection) => connection.close(options));
    await this.advanceUntil(Promise.all([...connections, super.close(options), duties.close()]));
    services.close();
    await this.advanceUntil(node.stop());
  }

  async #step(end: number): Promise<void> {
    const { time, node, duties } = this.#core;
    const before = { happened: time.happened, now: time.now(), dutyMs: duties.dueMs };
    time.step(end, Math.min(dueMs(node, time), before.dutyMs));
    const isDuty = time.now() - before.now >= before.dutyMs;
    if (isDuty || time.happened !== before.happened) await this.settled();
  }
}

/** How long until the node has something to do, as far as its state tells. */
function dueMs({ state }: ClusterNode, time: VirtualTime): number {
  // Log time follows the only wall clock that there is.
  return Math.min(state.nextTimerAt() ?? Infinity, state.nextLeaseEnd() ?? Infinity) - time.wallMs();
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
  child: () => silent,
};
