// A drill on the cluster of docker-compose.yml: under load from this host the leader's container is killed, then
// the next leader is cut off from the network, and every acknowledged job is looked for at the end.
//
//   docker-compose up -d --build && npm run build && node cluster/drill.mjs
//
// Options: --project NAME (default: the folder's name), --endpoints (default localhost:7400,7401,7402).
// Uses the `docker` command; ends with 0 when nothing was lost.
import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect } from "conclave";

/** As compose names a project after its folder. */
function projectOf(folder) {
  return basename(folder)
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, "")
    .replace(/^[-_]+/, "");
}

const { values } = parseArgs({
  options: {
    project: { type: "string", default: process.env.COMPOSE_PROJECT_NAME ?? projectOf(process.cwd()) },
    endpoints: { type: "string", default: "localhost:7400,localhost:7401,localhost:7402" },
  },
});

const startedAt = performance.now();
const say = (text) => console.log(`${((performance.now() - startedAt) / 1000).toFixed(2).padStart(7)} s  ${text}`);
const docker = (...args) => execFileSync("docker", args, { encoding: "utf8" }).trim();

/** Containers are found by compose's labels, for 1.29 and v2 name them differently. */
const label = (key, value) => ["--filter", `label=com.docker.compose.${key}=${value}`];
const containerOf = (node) =>
  docker("ps", "-aq", ...label("project", values.project), ...label("service", node)).split("\n")[0];
const network = docker("network", "ls", "-q", ...label("project", values.project)).split("\n")[0];
if (!network) throw new Error(`no network of project ${values.project}: is the cluster up? (--project NAME)`);

const cluster = await connect(values.endpoints);

async function leader(except) {
  for (;;) {
    const nodes = (await cluster.status({ timeout: "500ms" })).flatMap(({ status }) => status ?? []);
    const leading = nodes.filter((node) => node.role === "leader" && node.leaseLeftMs > 0);
    if (leading.length > 1) say(`TWO LEASES AT ONCE: ${leading.map((node) => `${node.nodeId}@${node.term}`).join(", ")}`);
    const found = leading.find((node) => node.nodeId !== except);
    if (found !== undefined) return found;
    await delay(50);
  }
}

const acknowledged = new Set();
const completed = new Map();
let longest = 0;
let stop = false;
async function produce() {
  let last = performance.now();
  while (!stop) {
    try {
      acknowledged.add((await cluster.jobs.enqueue("drill", {}, { lease: "5s" })).id);
    } catch (error) {
      say(`a write was not acknowledged: ${error.code}`);
    }
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }
}
const producers = Array.from({ length: 4 }, produce);
const worker = cluster.work("drill", { concurrency: 8 }, (job) => {
  completed.set(job.id, (completed.get(job.id) ?? 0) + 1);
  return null;
});

async function fault(name, node, inject, heal) {
  longest = 0;
  const before = acknowledged.size;
  say(`${name}: ${node.nodeId}, the leader of term ${node.term}; ${before} jobs acknowledged so far`);
  inject();
  const next = await leader(node.nodeId);
  say(`${next.nodeId} leads term ${next.term}`);
  await delay(5_000);
  say(`${acknowledged.size - before} more jobs acknowledged; longest wait of a caller ${Math.round(longest)} ms`);
  heal();
  for (;;) {
    const nodes = (await cluster.status({ timeout: "500ms" })).flatMap(({ status }) => status ?? []);
    const healed = nodes.find((each) => each.nodeId === node.nodeId);
    if (healed?.role === "follower" && healed.term >= next.term) {
      say(`${node.nodeId} is back as a follower of ${healed.leaderId} in term ${healed.term}`);
      return;
    }
    await delay(100);
  }
}

await delay(2_000);
const first = await leader();
const killed = containerOf(first.nodeId);
await fault("docker kill", first, () => docker("kill", killed), () => docker("start", killed));

const second = await leader();
const cut = containerOf(second.nodeId);
await fault(
  "docker network disconnect",
  second,
  () => docker("network", "disconnect", network, cut),
  // The alias is what the peers know it by; compose sets it, a bare `connect` does not.
  () => docker("network", "connect", "--alias", second.nodeId, network, cut),
);
say(`what ${second.nodeId} wrote while it was alone:`);
for (const line of docker("logs", "--since", "60s", cut).split("\n")) {
  const { msg, role, term, why } = JSON.parse(line.startsWith("{") ? line : "{}");
  if (why !== undefined) say(`    ${msg}: term ${term}, ${role}, ${why}`);
}

stop = true;
await Promise.all(producers);
for (;;) {
  const { queues } = await cluster.jobs.stats();
  const { ready, scheduled, running } = queues.find((each) => each.queue === "drill");
  if (ready.high + ready.normal + ready.low + scheduled + running === 0) break;
  await delay(100);
}
await worker.stop();
let lost = 0;
for (const id of acknowledged) if (!completed.has(id)) lost++;
const repeated = [...completed.values()].filter((times) => times > 1).length;
say(`${acknowledged.size} jobs acknowledged, ${lost} of them never run; ${repeated} ran more than once (at least once, under a higher token)`);
await cluster.close();
process.exitCode = lost === 0 ? 0 : 1;
