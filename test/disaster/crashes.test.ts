import { cpSync, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { verifyBackup } from "../../src/disaster/backupReader.ts";
import { writeBackup } from "../../src/disaster/backupWriter.ts";
import { identityIn, loadMachine, openExisting } from "../../src/disaster/openExisting.ts";
import { recover } from "../../src/disaster/recover.ts";
import { restore } from "../../src/disaster/restore.ts";
import { isRenewalPending } from "../../src/storage/renewal.ts";
import { filesIn } from "../storage/support/damage.ts";
import { contentOf, openDirectory as openOld } from "../storage/support/openDirectory.ts";
import { temporaryFolder } from "../storage/support/temporary.ts";
import { mustReject } from "./support/failure.ts";
import { backupOf, workingLife, writeOldNode } from "./support/oldNode.ts";

/** Called before each change of the file system that our code makes itself. */
const disk = vi.hoisted(() => ({ before: (_change: string): void => undefined }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  const watched = <Args extends unknown[], Result>(name: string, act: (...args: Args) => Promise<Result>) => {
    return (...args: Args): Promise<Result> => {
      const isRead = name === "open" && args[1] === "r";
      if (!isRead) disk.before(`${name} ${args.filter((each) => typeof each === "string").join(" ")}`);
      return act(...args);
    };
  };
  const names = ["rename", "rm", "rmdir", "mkdir", "open"] as const;
  const changes = Object.fromEntries(names.map((name) => [name, watched(name, real[name] as never)]));
  return { ...real, ...changes };
});

interface Crash {
  readonly before: string;
  readonly copy: string;
}

/** The folder as a process leaves it that is killed before each of its changes, and right after the last. */
async function crashesOf<Result>(
  root: string,
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly crashes: readonly Crash[] }> {
  const crashes: Crash[] = [];
  let listing = "";
  const keep = (before: string): void => {
    if (!existsSync(root)) return;
    // Many changes are elsewhere, or still to come.
    const now = listed(root);
    if (now === listing && before !== "the end") return;
    listing = now;
    const copy = join(temporaryFolder(), "data");
    cpSync(root, copy, { recursive: true });
    crashes.push({ before: before.replaceAll(root, "."), copy });
  };
  disk.before = keep;
  try {
    const result = await run();
    keep("the end");
    return { result, crashes };
  } finally {
    disk.before = () => undefined;
  }
}

/** Every file with its size. */
function listed(root: string): string {
  return filesIn(root)
    .map((path) => `${path} ${statSync(path).size}`)
    .join("\n");
}

async function stateIn(path: string): Promise<string> {
  await using data = await openExisting(path, await identityIn(path));
  const machine = await loadMachine(data.records);
  return machine.stateHash;
}

describe("a process that is killed", () => {
  it("in a recovery: leaves the old directory or the new one, and the same command completes it", async () => {
    const path = join(temporaryFolder(), "n1");
    const { machine, lastIndex } = await writeOldNode(path, workingLife().applied, 20);
    const old = await identityIn(path);
    const content = await contentOf(path);
    const { result, crashes } = await crashesOf(path, () =>
      recover({ dataDir: path, id: "n1", cluster: "" }),
    );
    expect(crashes.length).toBeGreaterThan(15);
    const outcomes = new Set<string>();
    for (const { before, copy } of crashes) {
      const start = join(temporaryFolder(), "data");
      cpSync(copy, start, { recursive: true });
      // A node that is simply started finds all of one or all of the other.
      const identity = await identityIn(start);
      if (identity.clusterId === old.clusterId) {
        outcomes.add("old");
        expect({ before, content: await contentOf(start) }).toEqual({ before, content });
      } else {
        outcomes.add("new");
        expect({ before, identity }).toMatchObject({ before, identity: { clusterId: result.clusterId } });
        expect({ before, state: await stateIn(start) }).toEqual({ before, state: machine.stateHash });
        const kept = join(start, result.keptIn.slice(path.length + 1));
        expect({ before, content: await contentOf(kept) }).toEqual({ before, content });
      }
      const again = await recover({ dataDir: copy, id: "n1", cluster: "" });
      // Begun anew, or told as it was.
      if (identity.clusterId === old.clusterId) {
        expect(again).toMatchObject({ stateHash: machine.stateHash, formerIndex: lastIndex });
      } else expect({ before, again }).toEqual({ before, again: result });
    }
    expect([...outcomes]).toEqual(["old", "new"]);
  });

  it("in a restore: leaves a directory that no node takes for one, or the new one", async () => {
    const old = join(temporaryFolder(), "n1");
    const { applied, index } = workingLife();
    const { machine } = await writeOldNode(old, applied, index);
    const file = join(temporaryFolder(), "the.backup");
    const data = await openOld(old);
    for await (const _ of data.records.load());
    await writeBackup(file, backupOf(data), { overwrite: false });
    await data.close();
    const dataDir = join(temporaryFolder(), "n2");
    const asked = { file, id: "n2", cluster: "", peers: [{ id: "n1" }, { id: "n2" }] };
    const { result, crashes } = await crashesOf(dataDir, () => restore({ ...asked, dataDir }));
    expect(crashes.length).toBeGreaterThan(10);
    for (const { before, copy } of crashes) {
      if (existsSync(join(copy, "identity.json"))) {
        expect({ before, state: await stateIn(copy) }).toEqual({ before, state: machine.stateHash });
      }
      if (before === "the end") continue;
      const isFact = await isRenewalPending(copy);
      const isOver = !isFact && existsSync(join(copy, "identity.json"));
      const again = restore({ ...asked, dataDir: copy });
      // What came to nothing is begun anew, what was a fact is told as it was.
      if (isOver) await mustReject(again, "CONFIG_INVALID", /holds identity\.json/);
      else if (isFact) expect({ before, again: await again }).toEqual({ before, again: result });
      else expect(await again).toMatchObject({ clusterId: result.clusterId });
      expect((await identityIn(copy)).clusterId).toBe(result.clusterId);
      expect({ before, state: await stateIn(copy) }).toEqual({ before, state: machine.stateHash });
    }
  });

  it("in a backup: leaves the last good one under its name, or the new one", async () => {
    const old = join(temporaryFolder(), "n1");
    const { applied, index } = workingLife();
    await writeOldNode(old, applied, index);
    const root = temporaryFolder();
    const file = join(root, "the.backup");
    const data = await openOld(old);
    for await (const _ of data.records.load());
    const first = await writeBackup(file, backupOf(data, 500), { overwrite: false });
    const { result, crashes } = await crashesOf(root, () =>
      writeBackup(file, backupOf(data, 1_000_000), { overwrite: true }),
    );
    await data.close();
    expect(result.digest).not.toBe(first.digest);
    const digests = [];
    for (const { copy } of crashes) digests.push((await verifyBackup(join(copy, "the.backup"))).digest);
    expect(new Set(digests)).toEqual(new Set([first.digest, result.digest]));
    expect(digests.at(-1)).toBe(result.digest);
  });
});
