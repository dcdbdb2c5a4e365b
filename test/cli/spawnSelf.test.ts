import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { nodeEnvironment, nodeFlags } from "../../src/cli/processes/spawnSelf.ts";

const root = resolve(import.meta.dirname, "../..");
const variables = Object.entries(nodeEnvironment).map(([name, value]) => `${name}=${value}`);

test("the executable and the image run node as `conclave dev` runs it", () => {
  const [first] = readFileSync(join(root, "src/bin.ts"), "utf8").split("\n");
  expect(first).toBe(`#!/usr/bin/env -S ${variables.join(" ")} node ${nodeFlags.join(" ")}`);
  const lines = readFileSync(join(root, "cluster/Dockerfile"), "utf8").split("\n");
  expect(lines).toContain(`ENV ${variables.join(" ")}`);
  expect(lines).toContain(
    `ENTRYPOINT ${JSON.stringify(["node", ...nodeFlags, "/app/dist/bin.js"]).replaceAll(",", ", ")}`,
  );
});
