// Partitions between three nodes in network namespaces of their own, by iptables rules inside them: the leader cut
// off, cut off in one direction only, a bridge, flapping. The client is on another network and reaches all nodes.
// No term may have two leaders, terms must not storm, no acknowledged job may be lost.
//
//   npm run build && sudo node cluster/faults/partition.mjs [--flap-seconds 20]
//
// Linux and root, with ip and iptables. Touches no interface or rule of the machine's own namespace, and removes
// what it made; ends with 0 when all of that held.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect } from "conclave";
import { Load, leaderOf, parseLog, requireRoot, say, Watch } from "./load.mjs";

const { values } = parseArgs({
  options: { "flap-seconds": { type: "string", default: "20" }, inside: { type: "string" } },
});
const ids = ["n1", "n2", "n3"];
const binPath = join(import.meta.dirname, "../../dist/bin.js");
const run = (command, ...args) => execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Peers talk on 10.97.1.x, clients on 10.97.2.x, so that only the peers' network is cut. */
const peerIp = (id) => `10.97.1.${ids.indexOf(id) + 1}`;
const clientIp = (id) => `10.97.2.${ids.indexOf(id) + 1}`;

class Namespaces {
  #prefix;
  #made = [];

  constructor(prefix) {
    this.#prefix = prefix;
  }

  name(id) {
    return `${this.#prefix}-${id}`;
  }

  /** `hub` holds two bridges and the client; each node's namespace has a leg on both. */
  make() {
    for (const id of ["hub", ...ids]) {
      run("ip", "netns", "add", this.name(id));
      this.#made.push(id);
      this.ip(id, "link", "set", "lo", "up");
    }
    for (const bridge of ["peers", "clients"]) {
      this.ip("hub", "link", "add", bridge, "type", "bridge");
      this.ip("hub", "link", "set", bridge, "up");
    }
    this.ip("hub", "addr", "add", "10.97.2.100/24", "dev", "clients");
    for (const id of ids) {
      this.#leg(id, "peers", peerIp(id));
      this.#leg(id, "clients", clientIp(id));
    }
  }

  #leg(id, bridge, address) {
    const far = `${bridge}-${id}`;
    this.ip("hub", "link", "add", far, "type", "veth", "peer", "name", bridge, "netns", this.name(id));
    this.ip("hub", "link", "set", far, "master", bridge, "up");
    this.ip(id, "addr", "add", `${address}/24`, "dev", bridge);
    this.ip(id, "link", "set", bridge, "up");
  }

  ip(id, ...args) {
    return run("ip", "-n", this.name(id), ...args);
  }

  /** Packets `from` -> `to` vanish, at the receiver. */
  cut(from, to) {
    this.#rule("-A", from, to);
  }

  /** As `cut`, taken back. */
  mend(from, to) {
    this.#rule("-D", from, to);
  }

  healAll() {
    for (const id of ids) run("ip", "netns", "exec", this.name(id), "iptables", "-F", "INPUT");
  }

  #rule(action, from, to) {
    run("ip", "netns", "exec", this.name(to), "iptables", action, "INPUT", "-s", peerIp(from), "-j", "DROP");
  }

  remove() {
    for (const id of this.#made) run("ip", "netns", "del", this.name(id));
  }
}

/** Nodes in their namespaces; they end with this process, which holds their IPC channels. */
function startNodes(spaces, root) {
  const peers = ids.map((id) => `${id}=${peerIp(id)}:7500`).join(",");
  return ids.map((id) => {
    const logFile = join(root, `${id}.log`);
    const output = openSync(logFile, "a");
    const flags = ["--id", id, "--data-dir", join(root, id), "--peers", peers, "--insecure"];
    flags.push("--listen-client", `${clientIp(id)}:7400`, "--listen-http", "off");
    const child = spawn("ip", ["netns", "exec", spaces.name(id), process.execPath, binPath, "node", ...flags], {
      stdio: ["ignore", output, output, "ipc"],
    });
    closeSync(output);
    return { id, child, logFile, ended: new Promise((resolve) => child.once("exit", resolve)) };
  });
}

const both = (a, b) => [
  [a, b],
  [b, a],
];

/** Each fault: the links to cut, from -> to, given the leader and the two followers. */
const faults = {
  "the leader is cut off": (l, [a, b]) => [...both(l, a), ...both(l, b)],
  "the leader is not heard, but hears": (l, [a, b]) => [
    [l, a],
    [l, b],
  ],
  "the leader is heard, but does not hear": (l, [a, b]) => [
    [a, l],
    [b, l],
  ],
  "bridge: the leader and one follower are cut from each other": (l, [a]) => both(l, a),
  "bridge: the followers are cut from each other": (_l, [a, b]) => both(a, b),
  "a follower is not heard by anybody, but hears": (l, [a, b]) => [
    [a, l],
    [a, b],
  ],
  "a follower hears nobody, but is heard": (l, [a, b]) => [
    [l, a],
    [b, a],
  ],
  "nobody reaches anybody": (l, [a, b]) => [...both(l, a), ...both(l, b), ...both(a, b)],
};

/** Healing sets the clock; done when work goes on and all three follow one leader. */
async function settle(cluster, load) {
  const healedAt = performance.now();
  const workMs = await load.progress(20);
  for (;;) {
    const nodes = (await cluster.status({ timeout: 300 })).flatMap(({ status }) => status ?? []);
    const [first] = nodes;
    const agreed = nodes.length === 3 && nodes.every((n) => n.leaderId !== "" && n.leaderId === first.leaderId && n.term === first.term);
    if (agreed) return { workMs, agreedMs: Math.round(performance.now() - healedAt) };
    await delay(20);
  }
}

async function inject({ spaces, cluster, load, watch, rows }, name, links, holdMs = 8000) {
  const leader = await leaderOf(cluster);
  const followers = ids.filter((id) => id !== leader.nodeId);
  load.longestPause();
  const [term, before] = [watch.highestTerm, load.acknowledged.size];
  for (const [from, to] of links(leader.nodeId, followers)) spaces.cut(from, to);
  await delay(holdMs);
  const pause = load.longestPause();
  const during = load.acknowledged.size - before;
  const terms = watch.highestTerm - term;
  spaces.healAll();
  const { workMs, agreedMs } = await settle(cluster, load);
  rows.push([name, `${pause} ms`, during, terms, watch.highestTerm - term - terms, `${workMs} ms`, `${agreedMs} ms`]);
  say(`${name} for ${holdMs / 1000} s: ${rows.at(-1).slice(1).join(" | ")}`);
  await delay(1500);
}

async function flap({ spaces, cluster, load, watch, rows }, name, everyMs, forMs, links) {
  const leader = await leaderOf(cluster);
  const followers = ids.filter((id) => id !== leader.nodeId);
  load.longestPause();
  const [term, before, until] = [watch.highestTerm, load.acknowledged.size, performance.now() + forMs];
  for (let down = true; performance.now() < until; down = !down) {
    for (const [from, to] of links(leader.nodeId, followers)) {
      if (down) spaces.cut(from, to);
      else spaces.mend(from, to);
    }
    await delay(everyMs);
  }
  const [pause, during, terms] = [load.longestPause(), load.acknowledged.size - before, watch.highestTerm - term];
  spaces.healAll();
  const { workMs, agreedMs } = await settle(cluster, load);
  rows.push([name, `${pause} ms`, during, terms, watch.highestTerm - term - terms, `${workMs} ms`, `${agreedMs} ms`]);
  say(`${name}: ${rows.at(-1).slice(1).join(" | ")}`);
  await delay(1500);
}

async function drill(spaces, root) {
  const nodes = startNodes(spaces, root);
  const cluster = await connectOnceUp();
  const watch = new Watch(cluster);
  const rows = [];
  try {
    await leaderOf(cluster);
    const load = new Load(cluster, { callers: 16, pauseMs: 25 });
    await load.progress(100);
    const context = { spaces, cluster, load, watch, rows };
    for (const [name, links] of Object.entries(faults)) await inject(context, name, links);
    const flapMs = Number(values["flap-seconds"]) * 1000;
    await flap(context, "the leader's links flap every 200 ms", 200, flapMs, faults["the leader is cut off"]);
    await flap(context, "all links flap every 200 ms", 200, flapMs, faults["nobody reaches anybody"]);
    await flap(context, "all links flap every 2 s", 2000, flapMs, faults["nobody reaches anybody"]);
    const lost = await load.audit();
    console.log("\n| fault | longest pause of work | jobs acknowledged meanwhile | terms gone up | and after healing | healed to work | healed to one leader |");
    console.log("|---|---|---|---|---|---|---|");
    for (const row of rows) console.log(`| ${row.join(" | ")} |`);
    const won = nodes.map(({ id, logFile }) => {
      const log = parseLog(readFileSync(logFile, "utf8"));
      return `${id} ${log.length} lines, became leader ${log.filter(({ msg }) => msg === "became leader").length} times`;
    });
    console.log(`\nlogs: ${won.join("; ")}`);
    console.log(`terms: ${watch.highestTerm}; led by two nodes: ${watch.brokenTerms}; jobs lost: ${lost}`);
    return lost === 0 && watch.brokenTerms === 0;
  } finally {
    await watch.stop();
    await cluster.close();
    for (const { child } of nodes) child.kill("SIGTERM");
    await Promise.all(nodes.map(({ ended }) => ended));
  }
}

async function connectOnceUp() {
  const endpoints = ids.map((id) => `${clientIp(id)}:7400`).join(",");
  for (const deadline = performance.now() + 20_000; ; await delay(100)) {
    try {
      return await connect(endpoints);
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

requireRoot();
if (values.inside === undefined) {
  // Namespaces are made out here; the drill itself, client and all, runs inside the hub.
  const root = mkdtempSync(join(tmpdir(), "conclave-partition-"));
  const prefix = `cv${process.pid}`;
  const spaces = new Namespaces(prefix);
  try {
    spaces.make();
    const again = [process.execPath, import.meta.filename, "--inside", `${prefix}:${root}`, "--flap-seconds", values["flap-seconds"]];
    const child = spawn("ip", ["netns", "exec", spaces.name("hub"), ...again], { stdio: "inherit" });
    process.exitCode = await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
  } finally {
    spaces.remove();
    rmSync(root, { recursive: true, force: true });
  }
} else {
  const [prefix, root] = values.inside.split(":");
  for (const id of ids) mkdirSync(join(root, id), { recursive: true });
  process.exit((await drill(new Namespaces(prefix), root)) ? 0 : 1);
}
