import type { Applied, Breaker, Job, QueueSettings } from "../../src/machine/types.ts";
import type { MachineView } from "../../src/machine/view.ts";

/** Watches from entry to entry that nothing is handed out beyond a limit, from a paused queue or past a breaker (Q13). */
export class LimitChecker {
  #breakers = new Map<string, Breaker>();
  /** By agent: the entry that half-opened its breaker. */
  readonly #halfOpenSince = new Map<string, number>();

  /** Call after each applied entry, with all jobs that run now; others may be among them. */
  observe(machine: MachineView, jobs: readonly Job[], applied: Applied): void {
    const { outcomes, notices } = applied;
    this.#followBreakers(machine, applied);
    const handedOut = jobs.filter(
      ({ claim }) => claim !== null && Number(claim.token) === machine.appliedIndex,
    );
    // What an entry itself changed may have been otherwise when it claimed.
    const set = outcomes.flatMap((each) => (each.type === "setQueue" ? [each.settings.queue] : []));
    const changed = notices.flatMap((each) => (each.type === "breakerChanged" ? [each.breaker.agent] : []));
    const running = jobs.filter(({ state }) => state === "running");
    for (const job of handedOut) {
      const { queue, agent } = job.spec;
      if (!set.includes(queue)) checkLimits(machine.queueSettings(queue), job, running);
      if (agent === "" || changed.includes(agent)) continue;
      const before = this.#breakers.get(agent);
      check(before?.state !== "open", "Q13 nothing is handed out while the breaker is open", job);
      if (before?.state !== "halfOpen") continue;
      const probe = machine.breakers().find((each) => each.agent === agent)?.probe;
      check(probe?.id === job.spec.id, "Q13 one half-open probe cluster-wide", job);
    }
    for (const [agent, since] of this.#halfOpenSince) {
      const tries = running.filter(({ spec, lastToken }) => spec.agent === agent && lastToken >= since);
      for (const job of tries.slice(1)) check(false, "Q13 one half-open probe cluster-wide", job);
    }
    this.#breakers = new Map(machine.breakers().map((breaker) => [breaker.agent, breaker]));
  }

  /** Closed to open, open to half-open when its time has come, half-open to either; by hand also open to closed. */
  #followBreakers(machine: MachineView, { outcomes, notices }: Applied): void {
    const byHand = outcomes.flatMap((each) => (each.type === "setBreaker" ? [each.breaker.agent] : []));
    const states = new Map<string, Breaker>();
    for (const notice of notices) {
      if (notice.type !== "breakerChanged") continue;
      const { agent, state } = notice.breaker;
      const before = states.get(agent) ?? this.#breakers.get(agent);
      const from = before?.state ?? "closed";
      states.set(agent, notice.breaker);
      if (state === "halfOpen") this.#halfOpenSince.set(agent, machine.appliedIndex);
      else this.#halfOpenSince.delete(agent);
      if (byHand.includes(agent)) continue;
      const isLegal =
        state === "halfOpen"
          ? from === "open" && (before?.openUntil ?? 0) > 0 && (before?.openUntil ?? 0) <= machine.now
          : state === "open" || from === "halfOpen";
      if (!isLegal) throw new Error(`broken: Q13 the breaker of ${agent} goes from ${from} to ${state}`);
    }
  }
}

/** The job was handed out just now: there was room for it. */
function checkLimits(settings: QueueSettings, job: Job, running: readonly Job[]): void {
  const { queue, agent, key = "" } = job.spec;
  const inQueue = running.filter(({ spec }) => spec.queue === queue);
  const within = (limit: number, count: number) => limit === 0 || count <= limit;
  check(settings.paused === null, "a paused queue hands out nothing", job);
  check(within(settings.maxRunning, inQueue.length), "maxRunning is never exceeded", job);
  const ofAgent = inQueue.filter(({ spec }) => spec.agent === agent).length;
  const agentLimit = agent === "" ? 0 : settings.maxRunningPerAgent;
  check(within(agentLimit, ofAgent), "maxRunningPerAgent is never exceeded", job);
  const ofKey = inQueue.filter(({ spec }) => (spec.key ?? "") === key).length;
  const keyLimit = key === "" ? 0 : settings.maxRunningPerKey;
  check(within(keyLimit, ofKey), "maxRunningPerKey is never exceeded", job);
}

function check(holds: boolean, invariant: string, { spec, claim }: Job): void {
  if (holds) return;
  const { id, queue, agent, key } = spec;
  throw new Error(`broken: ${invariant}\n${JSON.stringify({ id, queue, agent, key, claim })}`);
}
