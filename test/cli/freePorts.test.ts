import { expect, test } from "vitest";
import { freePorts, lowest } from "../../src/cli/cluster/freePorts.ts";

// Put it in: freePorts.ts: begin with 10,000.
test("no port is drawn that fetch refuses, by which nodes are asked whether they are up", async () => {
  const refusal = await fetch("http://127.0.0.1:10080").then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.cause : error),
  );
  expect(refusal).toMatchObject({ message: "bad port" });
  expect(lowest).toBeGreaterThan(10_080);
  const ports = await freePorts(50);
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) expect(port).toBeGreaterThanOrEqual(lowest);
});
