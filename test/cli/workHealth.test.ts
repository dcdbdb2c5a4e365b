import { expect, test } from "vitest";
import { healthLines } from "../../src/cli/work/workCommand.ts";
import type { NotConsuming, WorkerHealth } from "../../src/client/index.ts";

test("`conclave work` says when it takes no jobs, why, and when it does again", () => {
  const lines: string[] = [];
  const onHealth = healthLines((text) => lines.push(text));
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
  const told = (seconds: number, code?: NotConsuming["code"], message = "") => {
    const reason = code === undefined ? undefined : { code, message };
    const rest = { state: "consuming", running: 0, unacknowledged: 0, lastError: undefined } as const;
    const health: WorkerHealth = { ...rest, consuming: reason === undefined, reason, since: at(seconds) };
    onHealth(health);
  };
  told(0);
  told(5, "connecting", "no leader");
  told(8, "stuck", "job a runs and runs");
  told(9, "full", "all 2 slots are taken");
  told(17);
  told(20, "draining");
  told(21, "closed");
  expect(lines).toEqual([
    "worker: takes no jobs since 2026-01-01T00:00:05.000Z: no leader",
    "worker: takes no jobs since 2026-01-01T00:00:08.000Z: job a runs and runs",
    "worker: takes jobs again, after 12.0s",
  ]);
});
