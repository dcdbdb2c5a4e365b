import { type Mutant, one } from "./edits.ts";

/** What is made of a disk that fails reads, and writes that need no sync. */
export const diskMutants: readonly Mutant[] = [
  {
    name: "a failed log read is taken for an empty one",
    bug: 23,
    edits: one(
      "node/driver.ts",
      'if (endsNode(error)) this.#fail(error);\n        else this.post({ type: "logRead", peer, from, entries: null });',
      'this.post({ type: "logRead", peer, from, entries: [] });',
    ),
  },
  {
    name: "a leader that cannot read its log leads on",
    edits: one(
      "node/driver.ts",
      "        if (endsNode(error)) this.#fail(error);\n        else this.post(",
      "        this.post(",
    ),
  },
  {
    name: "a read that the disk refuses is taken for damage",
    edits: one(
      "storage/keyValueStore.ts",
      'if (code === "LEVEL_IO_ERROR" && !/No',
      'if (code === "LEVEL" && !/No',
    ),
  },
  {
    name: "a generation that cannot be read is the first",
    edits: one(
      "storage/openDirectory.ts",
      "const bytes = await log.get(generationKey);",
      "const bytes = await log.get(generationKey).catch(() => undefined);",
    ),
  },
  {
    name: "a checkpoint that cannot be read is none",
    edits: one(
      "storage/levelRecords.ts",
      "  const bytes = await store.get(recordsSumKey);\n  if (bytes !== undefined) return readSum(where, bytes);",
      "  const bytes = await store.get(recordsSumKey).catch(() => undefined);\n  if (bytes !== undefined) return readSum(where, bytes);",
    ),
  },
  {
    name: "a log is read as far as the disk lets it be",
    edits: one(
      "storage/logScan.ts",
      "  for await (const slice of store.scan()) {\n    for (const pair of slice) scan.take(pair);\n  }",
      "  try {\n    for await (const slice of store.scan()) {\n      for (const pair of slice) scan.take(pair);\n    }\n  } catch {}",
    ),
  },
  {
    name: "a file that cannot be read is none",
    edits: one(
      "storage/sealedFile.ts",
      'if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;',
      'if (error instanceof Error && "code" in error) return null;',
    ),
  },
  {
    name: "what of a snapshot could not be written is taken for staged",
    edits: one(
      "storage/stagedRecords.ts",
      'guard(this.#options.path, () => batch.commit("unsynced"));',
      'guard(this.#options.path, () => batch.commit("unsynced").catch(() => undefined));',
    ),
  },
  {
    name: "what of a restored state could not be written is taken for there",
    edits: one(
      "storage/foundDirectory.ts",
      'guard(path, () => batch.commit("unsynced"));',
      'guard(path, () => batch.commit("unsynced").catch(() => undefined));',
    ),
  },
  {
    name: "a follower ends itself for its leader's disk",
    edits: one(
      "node/snapshotFetcher.ts",
      "if (!isDiskFailure(cause)) throw cause;",
      "if (from !== null) throw cause;",
    ),
  },
  {
    name: "a lock that finds no room is taken for a damaged one",
    edits: one(
      "storage/directoryLock.ts",
      'if (!(error instanceof ConclaveError && error.code === "DATA_CORRUPT")) throw error;\n      // Damaged: nothing is in it that could be lost.\n      await rm(path, { recursive: true, force: true });',
      'if (error instanceof ConclaveError && error.code === "CONFIG_INVALID") throw error;\n      await rm(path, { recursive: true });',
    ),
  },
];
