import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { identityIn, loadMachine, openExisting } from "../../src/disaster/openExisting.ts";
import { recover } from "../../src/disaster/recover.ts";
import { contentOf } from "../storage/support/openDirectory.ts";
import { temporaryFolder } from "../storage/support/temporary.ts";
import { workingLife, writeOldNode } from "./support/oldNode.ts";

const script = fileURLToPath(new URL("fixtures/killedRecovery.mjs", import.meta.url));

/** What the directory is after a process was killed there, before anybody has looked at it. */
const points = [
  ["before anything is made", "mkdir .*renewed", "old"],
  [
    "while the new directory is made: its identity is still to come",
    "rename .*renewed/.*identity.json",
    "old",
  ],
  ["before the plan is there", "rename .*renewal.tmp", "old"],
  ["before the old identity leaves", "rename .*identity.json .*before-recovery", "new"],
  ["before the old log leaves", "rename .*/log .*before-recovery", "new"],
  ["before the old records leave", "rename .*/records .*before-recovery", "new"],
  ["before the new log comes", "rename .*renewed/log ", "new"],
  ["before the new identity comes", "rename .*renewed/identity.json .*/n1/identity.json", "new"],
  ["before the plan goes", "rm .*/renewal$", "new"],
] as const;

describe("a recovery in a process of its own, killed", () => {
  it.each(points)("%s", async (_when, pattern, expected) => {
    const path = join(temporaryFolder(), "n1");
    const { machine } = await writeOldNode(path, workingLife().applied, 20);
    const [before, content] = [await identityIn(path), await contentOf(path)];
    const child = spawn(process.execPath, [script, path, "n1", pattern], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    await once(child, "close");
    expect(child.signalCode).toBe("SIGKILL");

    const twin = join(temporaryFolder(), "n1");
    cpSync(path, twin, { recursive: true });
    // As a node finds it that is started now.
    const identity = await identityIn(path);
    expect(identity.clusterId === before.clusterId ? "old" : "new").toBe(expected);
    if (expected === "old") expect(await contentOf(path)).toEqual(content);
    else {
      await using data = await openExisting(path, identity);
      expect((await loadMachine(data.records)).stateHash).toBe(machine.stateHash);
    }
    const again = await recover({ dataDir: twin, id: "n1", cluster: "" });
    expect(again).toMatchObject({ stateHash: machine.stateHash, formerClusterId: before.clusterId });
  });
});
