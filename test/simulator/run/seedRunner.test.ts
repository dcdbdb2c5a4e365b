import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SeedRunner } from "./seedRunner.ts";

/** In place of the program that runs seeds: each seed shows one way in which such a process can end. */
const program = `
process.on("message", (seed) => {
  if (seed === 2) throw new Error("planted");
  if (seed === 3) process.exit(0);
  if (seed === 4) for (;;);
  process.send({ seed, failure: null, traceHash: String(process.pid), simulatedMs: 1, committed: 1, coverage: {} });
});
process.on("disconnect", () => process.exit(0));
`;
const folder = mkdtempSync(join(tmpdir(), "seed-runner-"));
const runner = new SeedRunner(folder, { program: join(folder, "program.js"), hangMs: 1_000 });

beforeAll(() => writeFileSync(join(folder, "program.js"), program));
afterAll(() => {
  runner.stop();
  rmSync(folder, { recursive: true });
});

test("seeds that end are run by one process, one after the other", async () => {
  const first = await runner.run(1);
  expect(first).toMatchObject({ seed: 1, failure: null });
  expect((await runner.run(5)).traceHash).toBe(first.traceHash);
});

test("a process that dies is told apart from a failure, with what it said last, and another one goes on", async () => {
  const died = await runner.run(2);
  expect(died).toMatchObject({ seed: 2, lost: "died" });
  expect(died.failure?.what).toMatch(/^the process ended with 1: [^]*planted/);
  expect(await runner.run(1)).toMatchObject({ seed: 1, failure: null });
});

test("a process that ends in peace without an answer has died as well", async () => {
  expect(await runner.run(3)).toMatchObject({ seed: 3, lost: "died" });
});

test("a process that gives no answer in time is ended and said to hang, and another one goes on", async () => {
  expect(await runner.run(4)).toMatchObject({ seed: 4, lost: "hung" });
  expect(await runner.run(1)).toMatchObject({ seed: 1, failure: null });
});
