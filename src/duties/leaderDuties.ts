import type { NodeId, Term } from "../base/brands.ts";
import { toMs } from "../base/duration.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { jobSpec } from "../client/jobSpec.ts";
import type { JobSpec } from "../generated/conclave/v1/JobSpec.ts";
import { Alarms } from "./alarms.ts";
import { backoffSettings } from "./backoff.ts";
import { DutyRunner } from "./dutyRunner.ts";
import type { Duty, DutyContext, DutyEnqueued, DutyOptions, DutyTelemetry, LeaderDuty } from "./types.ts";

export interface LeaderDutiesOptions {
  readonly nodeId: NodeId;
  /** See `node/leading.ts`. */
  readonly leading: { readonly term: Term | null; watch(watcher: () => void): () => void };
  readonly monotonicMs: () => number;
  readonly logTime: () => number;
  /** Proposes on this node: the jobs are on a majority's disks once it resolves, in the order given. */
  readonly enqueue: (jobs: readonly JobSpec[]) => Promise<readonly DutyEnqueued[]>;
  readonly random: Random;
  readonly logger: Logger;
  readonly telemetry: DutyTelemetry;
}

/** All duties of this process that only the leader has. */
export class LeaderDuties {
  readonly #options: LeaderDutiesOptions;
  readonly #runners = new Map<string, DutyRunner>();
  readonly #alarms: Alarms;
  /** From the first duty on: whoever watches is called at every tick, which keeps an idle node awake. */
  #unwatch: (() => void) | null = null;
  #numbered = 0;
  #closed = false;

  constructor(options: LeaderDutiesOptions) {
    this.#options = options;
    this.#alarms = new Alarms(options.monotonicMs);
  }

  /** Throws INVALID_ARGUMENT for options that are none, SHUTTING_DOWN when the node stops. */
  whileLeader(duty: Duty, options: DutyOptions = {}): LeaderDuty {
    if (this.#closed) throw stopping();
    const name = this.#nameOf(options);
    const { leading, monotonicMs, random, logger, telemetry } = this.#options;
    const runner = new DutyRunner({
      name,
      run: (term, signal) => duty(this.#context(name, term, signal)),
      backoff: backoffSettings(options.backoff),
      leads: () => leading.term,
      monotonicMs,
      random,
      logger,
      telemetry,
    });
    this.#runners.set(name, runner);
    telemetry.dutyKnown(name);
    this.#unwatch ??= leading.watch(() => this.#look());
    const stop = async (): Promise<void> => {
      await runner.close(new ConclaveError("ABORTED", "the duty was taken back"));
      if (this.#runners.get(name) === runner) this.#runners.delete(name);
    };
    return {
      name,
      get running() {
        return runner.running;
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }

  /** Monotonic ms at which a duty has something to do again, by all that is known here; null for nothing. */
  get nextAt(): number | null {
    const times = [this.#alarms.nextAt, ...[...this.#runners.values()].map((runner) => runner.nextAt)];
    return times.reduce(
      (next, at) => (next === null || at === null ? (next ?? at) : Math.min(next, at)),
      null,
    );
  }

  /** Aborts all and takes no more; resolves once they have ended, or after `graceMs` with a line in the log. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const ends = [...this.#runners.values()].map((runner) => runner.close(stopping()));
    const allEnded = await within(Promise.all(ends), graceMs);
    this.#unwatch?.();
    if (allEnded) return;
    const duties = [...this.#runners].filter(([, runner]) => runner.running).map(([name]) => name);
    this.#options.logger.error(
      { duties, graceMs },
      "duties have not ended although the node stops; it goes on",
    );
  }

  /** First what must end, then what may go on: whoever is woken finds a signal that is up to date. */
  #look(): void {
    for (const runner of this.#runners.values()) runner.look();
    this.#alarms.ring();
  }

  #nameOf({ name }: DutyOptions): string {
    if (name === undefined) return `duty-${++this.#numbered}`;
    if (!/^[A-Za-z0-9._/-]{1,64}$/.test(name)) {
      throw new ConclaveError(
        "INVALID_ARGUMENT",
        `name: ${JSON.stringify(name)} is not 1 to 64 characters of A-Z a-z 0-9 . _ / -`,
      );
    }
    if (this.#runners.has(name)) {
      throw new ConclaveError("INVALID_ARGUMENT", `there is a duty named ${name} already; stop it first`);
    }
    return name;
  }

  #context(name: string, term: Term, signal: AbortSignal): DutyContext {
    const { nodeId, logTime, enqueue } = this.#options;
    return {
      name,
      nodeId,
      term,
      signal,
      logTime,
      sleep: async (duration) => {
        await this.#alarms.sleep(toMs(duration, "sleep"), signal);
      },
      enqueue: async (jobs) => {
        const specs = jobs.map(({ queue, data, ...options }) => jobSpec(queue, data, options));
        // Last before the proposal: what is proposed now has its place in this term or none.
        signal.throwIfAborted();
        return await enqueue(specs);
      },
    };
  }
}

function stopping(): ConclaveError {
  return new ConclaveError("SHUTTING_DOWN", "this node is shutting down");
}

/** False when `work` takes longer. */
async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
