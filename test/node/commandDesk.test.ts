import { expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import type { Command } from "../../src/machine/types.ts";
import { CommandDesk } from "../../src/node/commandDesk.ts";
import { spec } from "../machine/harness.ts";

/** What it submits, and as how many items each counts. */
function desk(costs: Readonly<Record<string, number>> = {}) {
  const submitted: { readonly command: Command; readonly items: number | undefined }[] = [];
  const made = new CommandDesk({
    dispatcher: { arriving: () => undefined, arrived: () => undefined },
    memory: { check: () => undefined },
    names: { checkJobs: () => undefined, checkCommand: () => undefined },
    machine: { costByHand: (id, deletes) => (deletes ? (costs[id] ?? 1) : 1) },
    submit: (command, resolve, _reject, items) => {
      submitted.push({ command, items });
      if (command.type === "manage") {
        resolve({ type: "manage", results: command.ids.map(() => ({ ok: true, state: "ready" })) });
      } else if (command.type === "enqueue") {
        const results = command.jobs.map(({ id }) => ({ id, state: "ready" as const, existing: false }));
        resolve({ type: "enqueue", results });
      }
    },
    wake: () => undefined,
    leads: () => true,
    stopping: () => false,
    notLeader: () => new ConclaveError("NO_LEADER", "nobody leads"),
  });
  return { made, submitted };
}

test("deletes are cut into commands by what hangs on the jobs, each counted as such in its entry", async () => {
  const { made, submitted } = desk({ b: 600, c: 500, d: 1_001 });
  const ids = ["a", "b", "c", "d", "e"].map(JobId);
  const results = await made.manage({ type: "manage", action: "delete", ids, by: "ann", why: "" });
  expect(results).toHaveLength(5);
  expect(submitted.map(({ command, items }) => [command.type === "manage" && command.ids, items])).toEqual([
    [["a", "b"], 601],
    [["c"], 500],
    [["d"], 1_001],
    [["e"], 1],
  ]);
  submitted.length = 0;
  await made.manage({ type: "manage", action: "redrive", ids, by: "ann", why: "" });
  expect(submitted).toHaveLength(1);
});

test("new jobs that wait for very many are cut likewise; an atomic batch never is", async () => {
  const { made, submitted } = desk();
  const ids = Array.from({ length: 1_000 }, (_, n) => JobId(`p${n}`));
  const jobs = Array.from({ length: 20 }, (_, n) => spec(`${n}`, { waitFor: { ids, onFailure: "run" } }));
  expect(await made.enqueue(jobs, false)).toHaveLength(20);
  expect(submitted.map(({ command }) => command.type === "enqueue" && command.jobs.length)).toEqual([
    9, 9, 2,
  ]);
  submitted.length = 0;
  await made.enqueue(jobs, true);
  expect(submitted).toHaveLength(1);
});
