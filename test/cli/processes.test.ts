import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../src/cli/cluster/freePorts.ts";
import { type LocalCluster, startLocalCluster } from "../../src/cli/localCluster.ts";
import { connect } from "../../src/client/index.ts";
import { until } from "../support/until.ts";
import { run } from "./fakeIo.ts";

/** Real processes: `npm test` builds them first. */
const binPath = resolve(import.meta.dirname, "../../dist/bin.js");
const dir = mkdtempSync(join(tmpdir(), "conclave-processes-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("a local cluster", () => {
  let cluster: LocalCluster;
  beforeAll(async () => {
    cluster = await startLocalCluster({ nodes: 3, binPath });
  });
  afterAll(() => cluster.stop());

  const cli = (args: readonly string[], stdin?: string) =>
    run([...args, "--endpoints", cluster.endpoints], stdin === undefined ? {} : { stdin });
  const json = async (args: readonly string[]): Promise<unknown> =>
    JSON.parse((await cli([...args, "-o", "json"])).stdout) as unknown;

  test("jobs go in, are shown, and are cancelled", async () => {
    expect(await cli(["job", "enqueue", "mail", "-", "--id", "j1", "--delay", "1h"], "hello")).toMatchObject({
      code: 0,
    });
    const again = (await json(["job", "enqueue", "mail", "other", "--id", "j1"])) as object;
    expect(again).toMatchObject({ id: "j1", state: "scheduled", existing: true });
    expect(await json(["job", "get", "j1"])).toMatchObject({
      id: "j1",
      queue: "mail",
      data: { text: "hello" },
      result: null,
      claim: null,
    });
    expect(await json(["job", "list", "--queue", "mail", "--all"])).toMatchObject({
      jobs: [{ id: "j1" }],
      more: false,
    });
    expect(await json(["job", "stats"])).toMatchObject({
      queues: [{ queue: "mail", scheduled: 1 }],
      enqueued: 1,
    });
    expect(await cli(["job", "cancel", "j1", "--reason", "no need"])).toMatchObject({ code: 0 });
    expect((await cli(["job", "get", "j1"])).stdout).toMatch(/state +cancelled\nreason +no need/);
    expect(await cli(["job", "cancel", "j1", "nobody"])).toMatchObject({ code: 4 });
    expect(await cli(["job", "get", "nobody"])).toMatchObject({ code: 4 });
  });

  test("a program is run for each job, and its exit code decides", async () => {
    for (const word of ["one", "two", "bad"]) await cli(["job", "enqueue", "shell", word, "--id", word]);
    const script =
      'read -r word || true; [ "$word" = bad ] && { echo "is bad" >&2; exit 100; }; echo "$word $CONCLAVE_JOB_ID"';
    const args = [
      "work",
      "shell",
      "--endpoints",
      cluster.endpoints,
      "--concurrency",
      "2",
      "--",
      "sh",
      "-c",
      script,
    ];
    const worker = spawn(process.execPath, [binPath, ...args], { stdio: "ignore" });
    const ended = new Promise((done) => worker.once("exit", (code) => done(code)));
    await until("all three have ended", async () => {
      const { queues } = (await json(["job", "stats"])) as {
        queues: { queue: string; completed: number; dead: number }[];
      };
      const shell = queues.find((queue) => queue.queue === "shell");
      return shell?.completed === 2 && shell.dead === 1;
    });
    expect(await json(["job", "get", "two"])).toMatchObject({ result: { text: "two two\n" } });
    expect(await json(["job", "get", "bad"])).toMatchObject({
      state: "dead",
      attempt: 1,
      history: [{ end: "failed", error: expect.stringContaining("exit code 100: is bad") as string }],
    });
    worker.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  test("survives its leader, takes it back, and shows it as unreachable meanwhile", async () => {
    const leader = await cluster.waitForLeader();
    await cluster.kill(leader.id);
    expect(leader.running).toBe(false);
    expect(await leader.exited).toEqual({ code: null, signal: "SIGKILL" });
    const next = await cluster.waitForLeader();
    expect(next.id).not.toBe(leader.id);
    const status = await cli(["status"]);
    expect(status.stdout).toMatch(new RegExp(`^${leader.id} .* no$`, "m"));
    expect(status.stdout).toMatch(new RegExp(`^${next.id} .* leader .* yes$`, "m"));
    expect(status.code).toBe(0);
    await cluster.restart(leader.id);
    await until("it is reachable again", async () =>
      (await cluster.status()).every((member) => member.status !== undefined),
    );
    const seen = (await json(["status"])) as { nodes: { reachable: boolean }[] };
    expect(seen.nodes.map((node) => node.reachable)).toEqual([true, true, true]);
  });

  test("stops in order and leaves nothing", async () => {
    const pids = cluster.nodes.map((node) => node.pid ?? 0);
    await cluster.stop();
    expect(pids.some(isAlive)).toBe(false);
    const ends = await Promise.all(cluster.nodes.map((node) => node.exited));
    expect(ends).toEqual([0, 0, 0].map((code) => ({ code, signal: null })));
  });
});

test("a node that ends at its start is reported with the end of its log", async () => {
  const started = startLocalCluster({ nodes: 3, binPath, extraArgs: ["--log-level", "loud"] });
  await expect(started).rejects.toThrow(
    /node n\d ended: exit code 2; its log ends with:\n.*"loud" must be one of/s,
  );
});

/** From --base-port on: the one node's for clients, for peers at +100, for HTTP at +200. */
const portsOfDev = 201;

test("nodes do not outlive a parent that was killed", async () => {
  const [base = 0] = await freePorts(portsOfDev);
  const dev = spawn(process.execPath, [binPath, "dev", "--nodes", "1", "--base-port", String(base)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  dev.stdout.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  const pid = await until(
    "the node's pid is printed",
    () => Number(/n1 \(pid (\d+)\)/.exec(output)?.[1] ?? 0) || null,
  );
  expect(isAlive(pid)).toBe(true);
  dev.kill("SIGKILL");
  await until("the node has ended", () => !isAlive(pid));
  const data = /data +(\S+)/.exec(output)?.[1] ?? "";
  rmSync(data, { recursive: true, force: true });
});

test("a process that asks for its parent when that is gone already hears so", async () => {
  const module = JSON.stringify(new URL("../../dist/cli/processes/whenParentGone.js", import.meta.url).href);
  const code = `if (process.connected) await new Promise((resolve) => process.once("disconnect", resolve));
    const { whenParentGone } = await import(${module});
    await whenParentGone();
    console.log("gone");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  const ended = new Promise((resolve) => child.stdout?.once("end", resolve));
  child.disconnect();
  await ended;
  expect(output).toBe("gone\n");
});

test("settings in the environment of `conclave dev` reach its nodes, but not those of one node", async () => {
  const [base = 0] = await freePorts(portsOfDev);
  const env = {
    ...process.env,
    CONCLAVE_MAX_QUEUES: "1",
    CONCLAVE_ID: "other",
    CONCLAVE_PEERS: "other=127.0.0.1:1",
  };
  const dev = spawn(process.execPath, [binPath, "dev", "--nodes", "1", "--base-port", String(base)], {
    stdio: ["ignore", "pipe", "ignore"],
    env,
  });
  let output = "";
  dev.stdout.on("data", (chunk: Buffer) => void (output += chunk.toString()));
  const ended = new Promise((resolve) => dev.once("exit", resolve));
  try {
    await until("the cluster is up", () => output.includes("The cluster is up: n1"));
    await using cluster = await connect(`127.0.0.1:${base}`);
    await cluster.jobs.enqueue("first", null);
    await expect(cluster.jobs.enqueue("second", null)).rejects.toMatchObject({ code: "LIMIT_REACHED" });
  } finally {
    dev.kill("SIGINT");
    await ended;
  }
});

test("the demo holds its promises on a small folder", async () => {
  const folder = join(dir, "files");
  mkdirSync(folder);
  for (let at = 0; at < 400; at++) writeFileSync(join(folder, `f${at}`), `line ${at}\n`.repeat(at));
  const { code, stdout, stderr } = await run(["demo", "--dir", folder], { binPath });
  expect(stdout.match(/^ {2}(?:ok|FAILED) .*$/gm)?.filter((line) => !line.startsWith("  ok"))).toEqual([]);
  expect(stdout).toContain("401 enqueued = 400 completed + 1 dead");
  expect(stderr).toMatch(/leader n\d killed \(SIGKILL\)/);
  expect(code).toBe(0);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
