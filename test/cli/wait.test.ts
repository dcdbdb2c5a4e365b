import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeCluster } from "../support/fakeServer.ts";
import { type CliRun, run } from "./fakeIo.ts";

let fake: FakeCluster;
beforeEach(async () => {
  fake = await FakeCluster.start(1);
});
afterEach(() => fake[Symbol.asyncDispose]());

const wait = (...args: readonly string[]): Promise<CliRun> =>
  run(["job", "wait", ...args, "--endpoints", fake.endpoints.join(",")]);

function complete(id: string, result: Uint8Array): void {
  fake.state.end(id, { job: { spec: { id }, state: "JOB_STATE_COMPLETED", result } });
}

describe("job wait", () => {
  test("shows the results of what completed, in the order asked for", async () => {
    complete("b", Buffer.from("two"));
    complete("a", Buffer.from([255]));
    const { stdout, code } = await wait("a", "b");
    expect(stdout.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["ID", "STATE", "RESULT"],
      ["a", "completed", "(1 bytes, not text; -o json has them)"],
      ["b", "completed", "two"],
      [""],
    ]);
    expect(code).toBe(0);
    const json = await wait("a", "b", "-o", "json");
    expect(JSON.parse(json.stdout)).toEqual({
      jobs: [
        { id: "a", state: "completed", result: { base64: "/w==" }, error: null },
        { id: "b", state: "completed", result: { text: "two" }, error: null },
      ],
    });
  });

  test("says what became of the others; the first of them gives the exit code", async () => {
    complete("a", Buffer.from("1"));
    fake.state.end("b", { job: { spec: { id: "b" }, state: "JOB_STATE_DEAD", reason: "no ink" } });
    fake.state.end("c", { error: { code: "NOT_FOUND", message: "no job c" } });
    const { stdout, code } = await wait("a", "b", "c");
    expect(stdout).toMatch(/b +dead +job b is dead: no ink\n/);
    expect(stdout).toMatch(/c +- +no job c\n/);
    expect(code).toBe(1);
    expect((await wait("c")).code).toBe(4);
    expect((await wait("no spaces")).code).toBe(2);
  });

  test("a job that has not ended within --for: its state, and no word against the cluster", async () => {
    await run(["job", "enqueue", "q", "1", "--id", "slow", "--endpoints", fake.endpoints.join(",")]);
    const { stdout, code } = await wait("slow", "--for", "50ms");
    expect(stdout).toMatch(/slow +ready +job slow has not ended within 50ms: it is ready\n/);
    expect(code).toBe(7);
    const json = JSON.parse((await wait("slow", "--for", "50ms", "-o", "json")).stdout) as unknown;
    expect(json).toMatchObject({ jobs: [{ state: "ready", error: { code: "DEADLINE_EXCEEDED" } }] });
  });

  test("one that is gone by then was no such job", async () => {
    expect(await wait("never", "--for", "50ms")).toMatchObject({ code: 4 });
  });
});
