import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type ProgramJob, type ProgramOutcome, runProgram } from "../../src/cli/work/runProgram.ts";
import { until } from "../support/until.ts";

const dir = mkdtempSync(join(tmpdir(), "conclave-work-test-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function job(overrides: Partial<ProgramJob> = {}): ProgramJob {
  return {
    id: "job-1",
    queue: "mail",
    attempt: 2,
    fencingToken: 77,
    payload: Buffer.from("the payload"),
    signal: new AbortController().signal,
    ...overrides,
  };
}

function shell(
  script: string,
  overrides: Partial<ProgramJob> = {},
  killGraceMs = 10_000,
): Promise<ProgramOutcome> {
  return runProgram({ command: "sh", args: ["-c", script], killGraceMs }, job(overrides));
}

const textOf = (outcome: ProgramOutcome): string =>
  outcome.type === "completed" ? Buffer.from(outcome.result).toString() : `failed: ${outcome.error}`;

describe("what a program is given", () => {
  test("the payload on stdin, the job in its environment", async () => {
    const script = 'cat; echo ":$CONCLAVE_JOB_ID:$CONCLAVE_QUEUE:$CONCLAVE_ATTEMPT:$CONCLAVE_FENCING_TOKEN"';
    expect(textOf(await shell(script))).toBe("the payload:job-1:mail:2:77\n");
  });

  test("it need not read a payload of any size", async () => {
    const payload = new Uint8Array(256 * 1024);
    expect(textOf(await shell("echo done", { payload }))).toBe("done\n");
  });
});

describe("how it ends", () => {
  test("exit code 0: stdout is the result, byte by byte", async () => {
    const outcome = await shell("printf '\\377\\000\\n'");
    expect(outcome).toEqual({ type: "completed", result: Buffer.from([0xff, 0, 10]) });
  });

  test("any other: the end of stderr is the error", async () => {
    expect(await shell("echo first >&2; echo no such recipient >&2; exit 3")).toEqual({
      type: "failed",
      error: "the program ended with exit code 3: first\nno such recipient",
      retryable: true,
    });
    const long = await shell("i=0; while [ $i -lt 1000 ]; do echo 'line '$i >&2; i=$((i+1)); done; exit 1");
    expect(textOf(long).length).toBeLessThan(4200);
    expect(textOf(long)).toMatch(/line 999$/);
  });

  test("exit code 100: not to be retried", async () => {
    expect(await shell("exit 100")).toEqual({
      type: "failed",
      error: "the program ended with exit code 100",
      retryable: false,
    });
  });

  test("a signal", async () => {
    expect(await shell("kill -9 $$")).toEqual({
      type: "failed",
      error: "the program was killed by SIGKILL",
      retryable: true,
    });
  });

  test("a program that is not there", async () => {
    const options = { command: "/no/such/program", args: [], killGraceMs: 1000 };
    expect(await runProgram(options, job())).toEqual({
      type: "unrunnable",
      error: "cannot run /no/such/program: spawn /no/such/program ENOENT",
    });
  });

  test("too long a result: it is ended and not retried", async () => {
    const outcome = await shell("while :; do echo 0123456789012345678901234567890123456789; done");
    expect(outcome).toMatchObject({ type: "failed", retryable: false });
    expect(textOf(outcome)).toContain("more than 262144 bytes");
  });

  test("a result of just the limit", async () => {
    const outcome = await shell("head -c 262144 /dev/zero");
    expect(outcome).toMatchObject({ type: "completed" });
    expect(textOf(outcome)).toHaveLength(262_144);
  });
});

// Put it in: runProgram.ts: `closeOf` waits for `close` alone.
describe("what it leaves behind with its output, in a session of its own,", () => {
  const leaveBehind = `
    const { pid } = require("node:child_process").spawn("sleep", ["1000"], { detached: true, stdio: "inherit" });
    process.stdout.write(pid + " ".repeat(200_000));`;
  const run = (script: string, signal = new AbortController().signal) =>
    runProgram(
      { command: process.execPath, args: ["-e", leaveBehind + script], killGraceMs: 10_000 },
      job({ signal }),
    );

  test("does not keep its job: all that it wrote itself is the result", async () => {
    const outcome = await run("process.exit();");
    const text = textOf(outcome);
    process.kill(Number(text));
    expect(outcome).toMatchObject({ type: "completed" });
    expect(text).toMatch(/^\d+ {200000}$/);
  });

  test("nor when it is stopped", async () => {
    const abort = new AbortController();
    const ready = join(dir, "left");
    const outcome = run(`require("node:fs").writeFileSync("${ready}", String(pid));`, abort.signal);
    await until("it has left it behind", () => readIfThere(ready) !== "");
    abort.abort();
    expect(textOf(await outcome)).toBe("failed: the program was stopped (SIGTERM)");
    process.kill(Number(readIfThere(ready)));
  });
});

describe("when its job is lost or aborted", () => {
  const started = (file: string): Promise<boolean> =>
    until("the program has started", () => readIfThere(join(dir, file)) !== "");

  test("it gets SIGTERM, with all it started", async () => {
    const abort = new AbortController();
    const [ready, ended] = [join(dir, "child"), join(dir, "ended")];
    const child = `trap "echo yes > ${ended}; exit" TERM; echo $$ > ${ready}; while :; do sleep 0.05; done`;
    const outcome = shell(`sh -c '${child}' & wait`, { signal: abort.signal });
    await started("child");
    abort.abort();
    expect(textOf(await outcome)).toMatch(/^failed: the program was stopped/);
    await until("what it started was told", () => readIfThere(ended) === "yes\n");
  });

  test("SIGKILL after the grace, when it does not heed SIGTERM", async () => {
    const abort = new AbortController();
    const script = `trap '' TERM; echo $$ > ${join(dir, "deaf")}; while :; do sleep 0.05; done`;
    const outcome = shell(script, { signal: abort.signal }, 50);
    await started("deaf");
    abort.abort();
    expect(textOf(await outcome)).toBe("failed: the program was stopped (SIGKILL)");
  });

  test("one whose job was lost before it began ends at once", async () => {
    expect(await shell("sleep 300", { signal: AbortSignal.abort() })).toMatchObject({ type: "failed" });
  });
});

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
