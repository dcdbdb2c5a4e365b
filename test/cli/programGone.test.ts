import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";
import { run } from "./fakeIo.ts";

const dir = mkdtempSync(join(tmpdir(), "conclave-program-gone-"));
let fake: FakeCluster;
beforeEach(async () => {
  fake = await FakeCluster.start(1);
});
afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

test("a program that vanishes costs no job an attempt, and ends the worker", async () => {
  const endpoints = ["--endpoints", fake.endpoints.join(",")];
  const program = join(dir, "once.sh");
  writeFileSync(program, '#!/bin/sh\nrm "$0"\n', { mode: 0o755 });
  for (const id of ["first", "second"]) await run(["job", "enqueue", "q", "1", "--id", id, ...endpoints]);
  const working = run(["work", "q", ...endpoints, "--", program]);
  const [node] = fake.nodes;
  await until("the worker asks for jobs", () => node?.workStreams.some(({ credits }) => credits > 0));
  node?.workStream.feed();
  const { code, stderr } = await working;
  expect(stderr).toContain(
    `conclave: cannot run ${program}: spawn ${program} ENOENT. Its job was given back`,
  );
  expect(code).toBe(1);
  expect(fake.state.ended.get("first")?.act.complete).toBeTruthy();
  const second = fake.state.ended.get("second")?.act;
  expect(second?.release).toBeTruthy();
  expect(second?.fail).toBeFalsy();
});
