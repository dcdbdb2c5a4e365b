import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConclaveError } from "../../src/base/errors.ts";
import type { StartNode } from "../../src/cli/nodeOptions.ts";
import { fakeNode, run } from "./fakeIo.ts";

const dir = mkdtempSync(join(tmpdir(), "conclave-cli-test-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const nodeFlags = ["node", "--id", "n1", "--data-dir", "d", "--peers", "n1=127.0.0.1:7500"];
/** Nobody listens there: port 1 is reserved. */
const nobody = ["--endpoints", "127.0.0.1:1", "--timeout", "300ms"];

describe("usage", () => {
  test.each([
    [[], "Usage: conclave"],
    [["frob"], "conclave: INVALID_ARGUMENT: unknown command 'frob'; --help in its place lists the commands"],
    [["queue", "frob"], "unknown command 'frob'; --help in its place lists the commands"],
    [["statsu"], "(Did you mean status?)"],
    [["status", "--colour"], "conclave: INVALID_ARGUMENT: unknown option '--colour'"],
    [["status", "-o", "xml"], "Allowed choices are table, json."],
    [["job", "enqueue"], "conclave: INVALID_ARGUMENT: missing required argument 'queue'"],
    [["job", "enqueue", "q", "--priority", "urgent"], "Allowed choices are high, normal, low."],
    [["job", "enqueue", "q", "--run-at", "soon"], "Give an ISO time such as 2030-01-31T08:00:00Z"],
    [["job", "enqueue", "q", "--max-attempts", "0"], "Give a whole number of at least 1."],
    [
      ["job", "enqueue", "q", "@/no/such/file"],
      "INVALID_ARGUMENT: DATA @/no/such/file: cannot read the file",
    ],
    [["job", "list", "--limit", "some"], "Give a whole number of at least 1."],
    [["job", "cancel"], "conclave: INVALID_ARGUMENT: name jobs by their ids, or give a filter"],
    [["work", "q"], "conclave: INVALID_ARGUMENT: missing required argument 'program'"],
    [["work", "q", "--kill-grace", "long", "--", "cat"], "INVALID_ARGUMENT: --kill-grace"],
    [["demo", "--nodes", "4"], "Allowed choices are 3, 5."],
    [["demo", "--workers", "1"], "Give a whole number of at least 2."],
    [["demo", "--dir", "/no/such/dir"], "INVALID_ARGUMENT: --dir /no/such/dir: cannot be read"],
    [
      ["dev", "--base-port", "65400"],
      "INVALID_ARGUMENT: --base-port 65400: the nodes' ports would be above 65535",
    ],
    [["status", "--endpoints", "nowhere"], 'INVALID_ARGUMENT: endpoint "nowhere" is no host:port'],
  ])("%j is refused with code 2", async (args, message) => {
    const { code, stderr, stdout } = await run(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(stdout).toBe("");
  });

  test("help and version are no errors", async () => {
    expect(await run(["--version"])).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const help = await run(["--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain("run one node");
    expect(help.stdout).not.toContain("demo-worker");
  });

  test("help tells defaults of a job's retries from those of a queue's policy", async () => {
    const shown = async (...args: string[]) =>
      (await run([...args, "--help"])).stdout.replaceAll(/\s+/g, " ");
    for (const args of [
      ["job", "enqueue"],
      ["schedule", "put"],
    ]) {
      expect(await shown(...args)).toContain("first included (default: the queue's policy, else 5)");
    }
    expect(await shown("queue", "set")).toContain("first included (default: 5)");
  });
});

describe("without a cluster", () => {
  test("a call ends with code 3", async () => {
    const { code, stderr } = await run(["job", "stats", ...nobody]);
    expect(stderr).toMatch(/^conclave: UNAVAILABLE: no node could be reached/);
    expect(code).toBe(3);
  });

  test("status shows rows all the same", async () => {
    const table = await run(["status", ...nobody]);
    expect(table.stdout).toMatch(/^NODE +ADDRESS +ROLE .*\n\? +127\.0\.0\.1:1 .* no\n/);
    expect(table.code).toBe(3);
    const json = await run(["status", "-o", "json", ...nobody]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      leaderId: null,
      term: 0,
      nodes: [{ nodeId: null, address: "127.0.0.1:1", reachable: false, error: { code: "UNAVAILABLE" } }],
    });
  });
});

describe("node", () => {
  test("starts with what flags, environment and file say", async () => {
    const path = join(dir, "node.yaml");
    writeFileSync(path, "logLevel: warn\nelectionTimeout: 3s\n");
    const { startNode, started, stops } = fakeNode();
    const env = { CONCLAVE_CONFIG: path, CONCLAVE_ELECTION_TIMEOUT: "2s" };
    expect(await run(nodeFlags, { startNode, env })).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(started).toMatchObject([{ id: "n1", logLevel: "warn", electionTimeoutMs: 2000, dataDir: "d" }]);
    expect(stops()).toBe(1);
  });

  test.each([
    ["node.txt", "", "a configuration file ends in .yaml, .yml or .json"],
    ["node.json", "{", "cannot be read as configuration"],
    ["bad.yaml", "a: [", "cannot be read as configuration"],
    ["typo.yaml", "lgoLevel: info", 'unknown setting "lgoLevel"; did you mean "logLevel"?'],
  ])("a bad file is refused: %s", async (name, content, message) => {
    const path = join(dir, name);
    writeFileSync(path, content);
    const { startNode, started } = fakeNode();
    const { code, stderr } = await run([...nodeFlags, "--config", path], { startNode });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(started).toEqual([]);
  });

  test("prints warnings before it starts", async () => {
    const { startNode } = fakeNode();
    const peers = "n1=127.0.0.1:1,n2=127.0.0.1:2";
    const { stderr, code } = await run(["node", "--id", "n1", "--data-dir", "d", "--peers", peers], {
      startNode,
    });
    expect(stderr).toBe(
      "conclave: warning: 2 voters stand the loss of no more nodes than 1 would; an odd number is better\n",
    );
    expect(code).toBe(0);
  });

  test("a fatal error ends it with its code", async () => {
    const failed = Promise.reject(new ConclaveError("DISK_FAILED", "no space left on device"));
    failed.catch(() => undefined);
    const { code, stderr } = await run(nodeFlags, { startNode: fakeNode(failed).startNode });
    expect(stderr).toBe("conclave: DISK_FAILED: no space left on device\n");
    expect(code).toBe(5);
  });

  test("another's data directory ends it with code 6", async () => {
    const startNode = () => Promise.reject(new ConclaveError("IDENTITY_MISMATCH", "not yours"));
    expect(await run(nodeFlags, { startNode })).toMatchObject({ code: 6 });
  });

  test("Ctrl-C ends a node that still waits for a cluster to join", async () => {
    const startNode: StartNode = (_options, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        process.emit("SIGINT");
      });
    expect(await run(nodeFlags, { startNode })).toEqual({
      code: 130,
      stdout: "",
      stderr: "conclave: ABORTED: interrupted\n",
    });
  });

  test("a signal while the node starts bounds the rest of the start as well", async () => {
    const startNode: StartNode = () => {
      process.emit("SIGTERM");
      return new Promise<never>(() => undefined);
    };
    const { code, stderr } = await run([...nodeFlags, "--stop-timeout", "20ms"], { startNode });
    expect(stderr).toContain("the node did not stop within 20ms");
    expect(code).toBe(1);
  });

  test("a stop that takes too long is given up", async () => {
    const { startNode } = fakeNode();
    const stuck: StartNode = async (...args) => ({
      ...(await startNode(...args)),
      stop: () => new Promise<void>(() => undefined),
    });
    const { code, stderr } = await run([...nodeFlags, "--stop-timeout", "20ms"], { startNode: stuck });
    expect(stderr).toContain("the node did not stop within 20ms");
    expect(code).toBe(1);
  });
});
