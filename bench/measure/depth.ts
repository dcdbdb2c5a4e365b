import { setTimeout as delay } from "node:timers/promises";
import { bytesCodec } from "conclave";
import type { LocalNode } from "conclave/local";
import { ranSince, runCallers } from "../load/callers.ts";
import { endToEnd, warmUp } from "../load/jobs.ts";
import { median, sum } from "../load/stats.ts";
import { scaled } from "../options.ts";
import { type ConclaveSystem, startConclave } from "../peers/conclave.ts";
import { payloadOf } from "../peers/system.ts";
import { usageOf } from "../processes/usage.ts";
import { deepQueue, fill } from "./fill.ts";
import { type Bench, type Measurement, type Note, noteFor } from "./measurement.ts";
import { leaderLoopDelay, scrape } from "./nodeMetrics.ts";
import { checkpointPauses } from "./pauses.ts";

const shallow = 1_000;
const inFlight = 256;
const turns = 3;
/** V8 gives memory back when a process has had nothing to do for some time. */
const restMs = 10_000;

/** What many waiting jobs cost: rates beside those with a thousand, memory of each, and the time to load them. */
export const depth: Measurement = {
  name: "depth",
  about: "rates, memory and restart with --jobs waiting jobs, beside those with 1000",
  x: "jobs waiting",
  run: async (bench) => {
    for (let round = 0; round < bench.options.rounds; round++) await once(bench);
  },
};

interface Rates {
  readonly enqueue: number;
  readonly e2e: number;
  readonly replace: number;
}

async function once(bench: Bench): Promise<void> {
  const { options, report } = bench;
  const note = noteFor(report, "depth", "conclave");
  await using system = await startConclave(options.nodes);
  await fill(bench, system, 0, shallow);
  const few = await rates(bench, system, shallow, note);
  await allRestarted(system);
  const before = await rested(bench, system);

  await fill(bench, system, shallow, options.jobs);
  const perJob = (after: Memory, when: string): void => {
    for (const kind of ["resident", "anonymous", "heap and external"] as const) {
      const grown = (after[kind] - before[kind]) / options.nodes / (options.jobs - shallow);
      note(`${kind} memory per waiting job beside its payload${when}`, grown - options.payloadBytes, "B");
    }
  };
  perJob(await rested(bench, system), "");
  await restarts(bench, system, note);
  perJob(await rested(bench, system), ", after a restart");

  let many = few;
  const late = await leaderLoopDelay(system.local, async () => {
    many = await rates(bench, system, options.jobs, note);
  });
  note("event loop of the leader under the rates and their checkpoints: p99", late.p99Ms, "ms", options.jobs);
  note(
    "event loop of the leader under the rates and their checkpoints: p99.9",
    late.p999Ms,
    "ms",
    options.jobs,
  );
  note(
    "event loop of the leader under the rates and their checkpoints: worst",
    late.maxMs,
    "ms",
    options.jobs,
  );
  note("many waiting / 1000 waiting, enqueue", (many.enqueue / few.enqueue) * 100, "%");
  note("many waiting / 1000 waiting, end to end", (many.e2e / few.e2e) * 100, "%");
  note("many waiting / 1000 waiting, each enqueues another", (many.replace / few.replace) * 100, "%");
  await checkpointPauses(bench, system, note);
}

async function restarts({ options, doing }: Bench, system: ConclaveSystem, note: Note): Promise<void> {
  doing("depth: restarts");
  const { local } = system;
  const leader = await local.waitForLeader();
  const follower = local.nodes.find((node) => node.id !== leader.id) ?? leader;
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    await local.kill(follower.id, "SIGKILL");
    const at = performance.now();
    await local.restart(follower.id);
    await ready(follower);
    times.push(performance.now() - at);
  }
  note(
    `killed follower: started -> caught up (/readyz), median of ${turns}`,
    median(times),
    "ms",
    options.jobs,
  );
  note(
    `killed follower: started -> caught up (/readyz), worst of ${turns}`,
    Math.max(...times),
    "ms",
    options.jobs,
  );
  const allAt = performance.now();
  await allRestarted(system);
  note("all killed -> next write", performance.now() - allAt, "ms", options.jobs);
}

/** Medians of several turns: each is short, so that the depth stays about what it is said to be. */
async function rates(bench: Bench, system: ConclaveSystem, waiting: number, note: Note): Promise<Rates> {
  await warmUp(system, bench.options, 5_000);
  const taken: Rates[] = [];
  for (let turn = 0; turn < turns; turn++) {
    bench.doing(`depth: rates with ${waiting} jobs waiting, turn ${turn + 1} of ${turns}`);
    taken.push(await ratesOnce(bench, system, `beside-${waiting}-${turn}`));
  }
  const of = (rate: keyof Rates): number => median(taken.map((each) => each[rate]));
  const medians = { enqueue: of("enqueue"), e2e: of("e2e"), replace: of("replace") };
  note("acknowledged, 1000 callers", medians.enqueue, "jobs/s", waiting);
  note("end to end in another queue, 256 in flight", medians.e2e, "jobs/s", waiting);
  note("each job handed out enqueues another, 256 at a time", medians.replace, "jobs/s", waiting);
  return medians;
}

async function ratesOnce({ options }: Bench, system: ConclaveSystem, name: string): Promise<Rates> {
  const ms = options.seconds * 1000;
  await using queue = await system.queue(name, options.payloadBytes);
  const put = await runCallers(1_000, { calls: scaled(options, 60_000), ms }, (n) => queue.put(n));
  // These jobs are no part of the depth.
  const drain = await queue.work?.(1_000, () => undefined);
  await drain?.settled();
  await drain?.[Symbol.asyncDispose]();
  const bound = { calls: scaled(options, inFlight * 150), ms };
  const ran = await endToEnd(system, inFlight, options.payloadBytes, bound);
  const replaced = await replace(system, bound.calls, options.payloadBytes);
  return { enqueue: put.perSecond, e2e: ran?.perSecond ?? Number.NaN, replace: replaced };
}

/** Takes from the deep queue and puts as many: the depth stays. Jobs per second. */
async function replace({ cluster }: ConclaveSystem, count: number, payloadBytes: number): Promise<number> {
  const queue = cluster.queue<Uint8Array, null>(deepQueue, { codec: bytesCodec });
  let handled = 0;
  let startedAt = performance.now();
  const { promise, resolve } = settleable();
  await using _worker = queue.work({ concurrency: inFlight }, async () => {
    handled++;
    // The worker's own start is not measured.
    if (handled === 1) startedAt = performance.now();
    if (handled === count) resolve();
    await queue.enqueue(payloadOf(handled, payloadBytes));
    return null;
  });
  await promise;
  return ranSince(startedAt, handled).perSecond;
}

function settleable(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** SIGKILL to all and a start of all, through to an acknowledged write. */
async function allRestarted({ local, cluster }: ConclaveSystem): Promise<void> {
  const ids = local.nodes.map(({ id }) => id);
  await Promise.all(ids.map((id) => local.kill(id, "SIGKILL")));
  await Promise.all(ids.map((id) => local.restart(id)));
  await cluster.jobs.enqueue("restarted", null, { timeout: "5m" });
}

async function ready({ httpAddress }: LocalNode): Promise<void> {
  while (!(await fetch(`http://${httpAddress}/readyz`)).ok) await delay(20);
}

/** Bytes. `heap and external` is what V8 counts, garbage that is not collected yet included. */
type Memory = Readonly<Record<"resident" | "anonymous" | "heap and external", number>>;

/** Of all nodes together, after a rest. */
async function rested(bench: Bench, system: ConclaveSystem): Promise<Memory> {
  bench.doing("depth: nodes rest before their memory is read");
  await delay(restMs * Math.min(1, bench.options.scale));
  const each = await Promise.all(system.groups().map((group) => usageOf([group])));
  const counted = await Promise.all(system.local.nodes.map(scrape));
  return {
    resident: sum(each.map((usage) => usage?.rssBytes ?? Number.NaN)),
    anonymous: sum(each.map((usage) => usage?.anonymousBytes ?? Number.NaN)),
    "heap and external": sum(
      counted.map(
        ({ value }) => value("nodejs_heap_size_used_bytes") + value("nodejs_external_memory_bytes"),
      ),
    ),
  };
}
