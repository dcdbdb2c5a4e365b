import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ClusterId, LogIndex, NodeId } from "../../src/base/brands.ts";
import type { Restored } from "../../src/raft/config.ts";
import { DataDirectory } from "../../src/storage/dataDirectory.ts";
import { writeSealed } from "../../src/storage/sealedFile.ts";
import { flipBit } from "./support/damage.ts";
import { batch, entries, hardState, shown } from "./support/entries.ts";
import { contentOf, membership, openDirectory, ownLines } from "./support/openDirectory.ts";
import { append } from "./support/openLog.ts";
import { configuration, jobRecord, metaRecord } from "./support/records.ts";
import { temporaryFolder } from "./support/temporary.ts";

async function made(path: string): Promise<void> {
  const directory = await openDirectory(path);
  await directory.close();
}

describe("a data directory", () => {
  it("is made where there is nothing, and is the same one afterwards", async () => {
    const path = join(temporaryFolder(), "not/there/yet");
    const first = await openDirectory(path);
    const { identity } = first;
    expect(first.isFresh).toBe(true);
    expect(identity).toMatchObject({
      clusterId: "test-1",
      clusterName: "test",
      nodeId: "n1",
      membership,
      joining: null,
      founding: true,
    });
    const restored: Restored = first.restored;
    expect(restored).toEqual({
      newcomer: null,
      hardState: hardState(0),
      configuration: { index: 0, membership },
      compacted: { index: 0, term: 0 },
      appliedIndex: 0,
      termStarts: [],
      entries: [],
    });
    await first.close();
    expect(readdirSync(path).sort()).toEqual([
      "identity.json",
      "lock",
      "log",
      "marker",
      "peers.json",
      "records",
    ]);

    const again = await openDirectory(path, { membership: { ...membership, learners: [NodeId("n9")] } });
    expect(again.isFresh).toBe(false);
    expect(again.identity).toEqual(identity);
    await again.close();
  });

  it("says so when its path cannot be one", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const wrong = {
      code: "CONFIG_INVALID",
      message: expect.stringContaining("name a folder that this user may write"),
    };
    await expect(openDirectory(file)).rejects.toMatchObject(wrong);
    await expect(openDirectory(join(file, "below"))).rejects.toMatchObject(wrong);
  });

  it("gives the core what is above the checkpoint", async () => {
    const path = temporaryFolder();
    const first = await openDirectory(path);
    await append(first.log, batch({ hardState: hardState(2, "n3"), entries: entries(1, 8, 2) }));
    const records = [jobRecord("a"), metaRecord(6)];
    await first.records.checkpoint({ appliedIndex: LogIndex(6), configuration, records, deletes: [] });
    await first.log.compact(LogIndex(4));
    await first.close();
    const again = await openDirectory(path);
    const { entries: above, ...rest } = again.restored;
    expect(rest).toEqual({
      newcomer: null,
      hardState: hardState(2, "n3"),
      configuration,
      compacted: { index: 4, term: 2 },
      appliedIndex: 6,
      termStarts: [{ index: 5, term: 2 }],
    });
    expect(above.map(shown)).toEqual(entries(7, 8, 2).map(shown));
    await again.close();
  });

  it("may hold what a file system puts there", async () => {
    const path = temporaryFolder();
    mkdirSync(join(path, "lost+found"));
    await made(path);
    expect(await contentOf(path)).toHaveLength(ownLines);
  });

  it("refuses a folder with other people's files", async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, "thesis.txt"), "");
    await expect(openDirectory(path)).rejects.toMatchObject({
      code: "DATA_CORRUPT",
      message: expect.stringMatching(/holds thesis.txt but no identity.json/),
    });
    expect(readdirSync(path)).toEqual(["thesis.txt"]);
  });

  it("is for one process at a time", async () => {
    const path = temporaryFolder();
    const first = await openDirectory(path);
    await expect(openDirectory(path)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/another process uses this data directory/),
    });
    await append(first.log, batch({ hardState: hardState(1), entries: entries(1, 2) }));
    await first.close();
    await made(path);
  });

  it("keeps each failed start from leaving anything open", async () => {
    const path = temporaryFolder();
    await made(path);
    renameSync(join(path, "marker"), join(path, "elsewhere"));
    await expect(openDirectory(path)).rejects.toMatchObject({ code: "DATA_CORRUPT" });
    renameSync(join(path, "elsewhere"), join(path, "marker"));
    await made(path);
  });
});

describe("a bootstrap that a crash interrupted", () => {
  /** In the order in which they come to be; the identity is the last. */
  const steps = ["bootstrap", "log", "records", "marker", "peers.json"] as const;

  it.each(steps.map((_, at) => steps.slice(0, at + 1)))("is done again: only %j", async (...there) => {
    const model = temporaryFolder();
    await made(model);
    writeFileSync(join(model, "bootstrap"), "{}");
    const path = temporaryFolder();
    for (const name of there) cpSync(join(model, name), join(path, name), { recursive: true });
    const directory = await openDirectory(path);
    expect(directory.isFresh).toBe(true);
    await append(directory.log, batch({ hardState: hardState(1), entries: entries(1, 2) }));
    await directory.close();
    expect(existsSync(join(path, "bootstrap"))).toBe(false);
    expect(await contentOf(path)).toHaveLength(ownLines + 2);
  });

  it("is over once the identity is there", async () => {
    const path = temporaryFolder();
    await made(path);
    writeFileSync(join(path, "bootstrap"), "{}");
    const directory = await openDirectory(path);
    expect(directory.isFresh).toBe(false);
    await directory.close();
    expect(existsSync(join(path, "bootstrap"))).toBe(false);
  });

  it("may leave the first temporary file alone", async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, ".bootstrap.tmp"), "{");
    await made(path);
    expect(await contentOf(path)).toHaveLength(ownLines);
  });
});

describe("whose data it is", () => {
  it("is told by its name and node, and the cluster's id by the directory", async () => {
    const path = temporaryFolder();
    expect(await DataDirectory.identityAt(path)).toBeNull();
    await made(path);
    const directory = await openDirectory(path, { clusterId: ClusterId("test-after-a-restore") });
    expect(directory.identity.clusterId).toBe("test-1");
    expect(await DataDirectory.identityAt(path)).toEqual(directory.identity);
    await directory.close();
  });

  it.each([
    ["test-1f2e3d4c5b6a", "test"],
    ["two-words-1f2e3d4c5b6a", "two-words"],
    ["test", "test"],
  ])("is known of a directory that does not hold the cluster's name: %s", async (clusterId, clusterName) => {
    const path = temporaryFolder();
    await made(path);
    const file = join(path, "identity.json");
    const { checksum, clusterName: _, joining, ...former } = JSON.parse(readFileSync(file, "utf8"));
    expect([checksum, joining]).toEqual([expect.any(String), null]);
    await writeSealed(file, { ...former, clusterId });
    await expect(openDirectory(path, { clusterName: "other" })).rejects.toMatchObject({
      code: "IDENTITY_MISMATCH",
    });
    const directory = await openDirectory(path, { clusterName });
    expect(directory.identity).toMatchObject({ clusterId, clusterName, joining: null });
    await directory.close();
  });

  it("of a node that joins: no founding members, and not a member until it says so, durably", async () => {
    const path = temporaryFolder();
    const none = { voters: [], outgoing: [], learners: [] };
    const joiner = await openDirectory(path, { membership: none, joining: { replaces: "" } });
    expect(joiner.restored.configuration).toEqual({ index: 0, membership: none });
    expect(joiner.identity.joining).toEqual({ replaces: "" });
    await joiner.close();
    const again = await openDirectory(path);
    expect(again.identity).toEqual(joiner.identity);
    await again.endJoining();
    await again.endJoining();
    expect(again.identity.joining).toBeNull();
    await again.close();
    const last = await openDirectory(path, { joining: { replaces: "" } });
    expect(last.identity).toEqual({ ...joiner.identity, joining: null });
    await last.close();
  });

  it("refuses another node's directory, and another cluster's, naming both", async () => {
    const path = temporaryFolder();
    await made(path);
    const before = readdirSync(path);
    await expect(openDirectory(path, { nodeId: NodeId("n2") })).rejects.toMatchObject({
      code: "IDENTITY_MISMATCH",
      message: expect.stringMatching(/belongs to node n1, but this is node n2/),
    });
    await expect(openDirectory(path, { clusterName: "prod" })).rejects.toMatchObject({
      code: "IDENTITY_MISMATCH",
      message: expect.stringMatching(
        /belongs to cluster test \(test-1\), but this node belongs to cluster prod/,
      ),
    });
    expect(readdirSync(path)).toEqual(before);
  });

  it("tells a wiped directory by its incarnation (bug 29)", async () => {
    const path = temporaryFolder();
    const before = await openDirectory(path);
    await before.close();
    rmSync(path, { recursive: true });
    const after = await openDirectory(path);
    expect(after.identity.incarnation).not.toBe(before.identity.incarnation);
    await after.close();
  });

  it.each(["identity.json", "marker", "peers.json"])(
    "finds damage to %s, and that it is gone",
    async (name) => {
      const path = temporaryFolder();
      await made(path);
      const file = join(path, name);
      flipBit(file, 30);
      await expect(openDirectory(path)).rejects.toMatchObject({ code: "DATA_CORRUPT" });
      rmSync(file);
      await expect(openDirectory(path)).rejects.toMatchObject({ code: "DATA_CORRUPT" });
      writeFileSync(file, "");
      await expect(openDirectory(path)).rejects.toMatchObject({ code: "DATA_CORRUPT" });
    },
  );
});
