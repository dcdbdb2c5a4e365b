// Full disks under load: a follower's, then the leader's. Each node keeps its data on a small tmpfs of its own; a
// file takes what is left of it, the node must end with DISK_FAILED and code 5, the others must go on, and the node
// must come back once there is room again. No acknowledged job may be lost.
//
//   npm run build && sudo node cluster/faults/diskFull.mjs
//
// Linux and root. Unmounts and removes what it made; ends with 0 when all of that held.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "conclave";
import { startLocalCluster } from "conclave/local";
import { Load, parseLog, requireRoot, say, Watch } from "./load.mjs";

requireRoot();
const root = mkdtempSync(join(tmpdir(), "conclave-disk-full-"));
const mounts = [];
let failures = 0;
const check = (ok, what) => {
  say(`${ok ? "ok  " : "FAIL"}  ${what}`);
  if (!ok) failures++;
};

for (const id of ["n1", "n2", "n3"]) {
  const path = join(root, id);
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=192m", "conclave-disk-full", path]);
  mounts.push(path);
}

/** Takes all room of a node's disk but `leave` bytes, by a file beside the node's own. */
function fill(id, leave) {
  const path = join(root, id);
  const free = Number(execFileSync("df", ["--output=avail", "-B1", path], { encoding: "utf8" }).split("\n")[1]);
  execFileSync("fallocate", ["-l", String(free - leave), join(path, "ballast")]);
}

async function fillUnderLoad(local, load, watch, node, role) {
  load.longestPause();
  const before = load.acknowledged.size;
  say(`${role} ${node.id}: its disk is full but for 1 MiB; ${before} jobs acknowledged so far`);
  fill(node.id, 1024 * 1024);
  const filledAt = performance.now();
  const ended = await Promise.race([node.exited, delay(60_000, null, { ref: false })]);
  say(`${node.id} ended ${Math.round(performance.now() - filledAt)} ms later: ${JSON.stringify(ended)}`);
  check(ended?.code === 5, `${node.id} ended with code 5`);
  const log = parseLog(readFileSync(node.logFile, "utf8"));
  for (const { level, msg, text } of log.slice(-12)) {
    if (text !== undefined || level >= 40) say(`    ${text ?? msg}`);
  }
  const last = log.at(-1)?.text ?? "";
  check(last.startsWith("conclave: DISK_FAILED: "), "the last line says DISK_FAILED");
  say(`work went on after ${await load.progress(50)} ms more`);
  await delay(3000);
  say(`${load.acknowledged.size - before} more jobs acknowledged; longest pause ${load.longestPause()} ms`);
  await local.restart(node.id).then(
    () => check(false, `${node.id} starts while its disk is full`),
    async () => {
      const status = await node.exited;
      check(status.code === 5, `while its disk is full ${node.id} does not start: ${JSON.stringify(status)}`);
      say(`    ${parseLog(readFileSync(node.logFile, "utf8")).at(-1)?.text}`);
    },
  );
  rmSync(join(root, node.id, "ballast"));
  await local.restart(node.id);
  const caughtUp = async () => {
    const all = (await local.status()).flatMap(({ status }) => status ?? []);
    const mine = all.find(({ nodeId }) => nodeId === node.id);
    const most = Math.max(...all.map(({ commitIndex }) => commitIndex));
    return mine !== undefined && most - mine.appliedIndex < 1000;
  };
  while (!(await caughtUp())) await delay(50);
  say(`${node.id} has room again, is back and has caught up; highest term ${watch.highestTerm}`);
}

async function run() {
  const binPath = join(import.meta.dirname, "../../dist/bin.js");
  const logDir = join(root, "logs");
  const extraArgs = ["--checkpoint-interval", "2s"];
  const local = await startLocalCluster({ nodes: 3, binPath, dataDir: root, logDir, extraArgs });
  const cluster = await connect(local.endpoints);
  try {
    await drill(local, cluster);
  } finally {
    await cluster.close();
    await local.stop();
  }
}

async function drill(local, cluster) {
  const watch = new Watch(cluster);
  const load = new Load(cluster, { callers: 16, pauseMs: 5, payloadBytes: 512 });
  await load.progress(200);
  const leader = await local.waitForLeader();
  const follower = local.nodes.find(({ id }) => id !== leader.id);
  await fillUnderLoad(local, load, watch, follower, "the follower");
  await fillUnderLoad(local, load, watch, await local.waitForLeader(), "the leader");
  check((await load.audit()) === 0, "no acknowledged job is lost");
  await watch.stop();
  check(watch.brokenTerms === 0 && watch.twoLeases === 0, `one leader a term (${watch.leaders.size} terms)`);
}

try {
  await run();
} finally {
  for (const path of mounts) execFileSync("umount", ["-l", path]);
  rmSync(root, { recursive: true, force: true });
}
say(failures === 0 ? "all held" : `${failures} checks failed`);
process.exit(failures === 0 ? 0 : 1);
