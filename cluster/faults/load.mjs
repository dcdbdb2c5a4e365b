// What the fault scripts share: a load whose acknowledged jobs are counted, a watch over leaders and terms, and
// the audit at the end.
import { setTimeout as delay } from "node:timers/promises";

const startedAt = performance.now();

export function say(text) {
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(2).padStart(7)} s  ${text}`);
}

/** As many finished jobs a cluster keeps; beyond it the audit could not tell a lost one from one that was purged. */
const maxFinishedJobs = 100_000;

/** Callers that enqueue one job after another, and a worker that completes them. */
export class Load {
  /** Ids of acknowledged jobs; what ended in an error may have happened or not, and counts as neither. */
  acknowledged = new Set();
  /** How often each job's handler ran. */
  runs = new Map();
  /** Error codes of calls that were not acknowledged, with their counts. */
  errors = new Map();
  #cluster;
  #queue;
  #worker;
  #callers;
  #stopping = false;
  #acknowledgedAt = performance.now();
  #longestMs = 0;

  constructor(cluster, { queue = "faults", callers = 8, slots = 16, payloadBytes = 64, pauseMs = 0 } = {}) {
    this.#cluster = cluster;
    this.#queue = queue;
    const data = { padding: "x".repeat(payloadBytes) };
    this.#callers = Array.from({ length: callers }, () => this.#call(data, pauseMs));
    this.#worker = cluster.work(queue, { concurrency: slots }, (job) => {
      this.runs.set(job.id, (this.runs.get(job.id) ?? 0) + 1);
      return null;
    });
  }

  async #call(data, pauseMs) {
    while (!this.#stopping) {
      if (pauseMs > 0) await delay(pauseMs);
      try {
        const { id } = await this.#cluster.jobs.enqueue(this.#queue, data, { lease: "5s" });
        this.acknowledged.add(id);
        const now = performance.now();
        this.#longestMs = Math.max(this.#longestMs, now - this.#acknowledgedAt);
        this.#acknowledgedAt = now;
      } catch (error) {
        this.errors.set(error.code ?? error.name, (this.errors.get(error.code ?? error.name) ?? 0) + 1);
      }
    }
  }

  /** The longest time in ms without any acknowledged job since the last question. */
  longestPause() {
    const longest = Math.max(this.#longestMs, performance.now() - this.#acknowledgedAt);
    this.#longestMs = 0;
    return Math.round(longest);
  }

  /** Resolves to the ms until `count` more jobs are acknowledged; throws after `timeoutMs`. */
  async progress(count = 10, timeoutMs = 60_000) {
    const from = performance.now();
    const goal = this.acknowledged.size + count;
    while (this.acknowledged.size < goal) {
      if (performance.now() - from > timeoutMs) throw new Error(`no progress within ${timeoutMs} ms`);
      await delay(5);
    }
    return Math.round(performance.now() - from);
  }

  async stop() {
    this.#stopping = true;
    await Promise.all(this.#callers);
  }

  /** Stops, waits for the queue to drain, and looks for each acknowledged job. Resolves to the number lost. */
  async audit() {
    await this.stop();
    if (this.acknowledged.size > maxFinishedJobs) throw new Error("too many jobs for an audit: set pauseMs");
    const deadline = performance.now() + 60_000;
    for (;;) {
      const { queues } = await this.#cluster.jobs.stats();
      const stats = queues.find(({ queue }) => queue === this.#queue);
      const { ready, scheduled, running } = stats ?? { ready: { high: 0, normal: 0, low: 0 }, scheduled: 0, running: 0 };
      if (ready.high + ready.normal + ready.low + scheduled + running === 0) break;
      if (performance.now() > deadline) throw new Error(`the queue does not drain: ${JSON.stringify(stats)}`);
      await delay(100);
    }
    await this.#worker.stop();
    const states = new Map();
    for await (const page of this.#cluster.jobs.list({ queue: this.#queue, limit: 1000 })) {
      for (const job of page.jobs) states.set(job.id, job.state);
    }
    let lost = 0;
    for (const id of this.acknowledged) if (states.get(id) !== "completed") lost++;
    const again = [...this.runs.values()].filter((runs) => runs > 1).length;
    const errors = [...this.errors].map(([code, count]) => `${code} ${count}`).join(", ") || "none";
    say(`${this.acknowledged.size} jobs acknowledged, ${lost} lost; ${again} ran more than once; errors of callers: ${errors}`);
    return lost;
  }
}

/** Asks all nodes every 50 ms who leads, and notes every leader of every term and every pair of live leases. */
export class Watch {
  /** Term -> ids that led it. */
  leaders = new Map();
  highestTerm = 0;
  twoLeases = 0;
  #stopping = false;
  #ended;

  constructor(cluster) {
    // Told by `stop`: a drill that ended by another error has closed the handle, and that error is the one to be seen.
    this.#ended = this.#run(cluster).then(
      () => undefined,
      (error) => error,
    );
  }

  async #run(cluster) {
    while (!this.#stopping) {
      const nodes = (await cluster.status({ timeout: 300 })).flatMap(({ status }) => status ?? []);
      for (const { role, term, nodeId } of nodes) {
        this.highestTerm = Math.max(this.highestTerm, term);
        if (role === "leader") this.leaders.set(term, (this.leaders.get(term) ?? new Set()).add(nodeId));
      }
      if (nodes.filter(({ role, leaseLeftMs }) => role === "leader" && leaseLeftMs > 0).length > 1) this.twoLeases++;
      await delay(50);
    }
  }

  /** Terms that were seen with more than one leader: must be 0. */
  get brokenTerms() {
    return [...this.leaders.values()].filter((ids) => ids.size > 1).length;
  }

  async stop() {
    this.#stopping = true;
    const error = await this.#ended;
    if (error !== undefined) throw error;
  }
}

/** The node that leads with a live lease, other than `except`. */
export async function leaderOf(cluster, { except, timeoutMs = 60_000 } = {}) {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const nodes = (await cluster.status({ timeout: 300 })).flatMap(({ status }) => status ?? []);
    const found = nodes.find(
      ({ role, leaseLeftMs, nodeId }) => role === "leader" && leaseLeftMs > 0 && nodeId !== except,
    );
    if (found !== undefined) return found;
    await delay(20);
  }
  throw new Error(`no leader within ${timeoutMs} ms`);
}

/** Lines of a node's JSON log as objects; lines that are no JSON as `{ text }`. */
export function parseLog(text) {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (line.startsWith("{") ? JSON.parse(line) : { text: line }));
}

export function requireRoot() {
  if (process.platform === "linux" && process.getuid?.() === 0) return;
  console.error("this script needs Linux and root: it mounts file systems or makes network namespaces of its own");
  process.exit(2);
}
