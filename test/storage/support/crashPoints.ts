import { cpSync, readdirSync, rmSync, statSync } from "node:fs";
import type * as FileSystem from "node:fs/promises";
import { join } from "node:path";
import type * as KeyValueStores from "../../../src/storage/keyValueStore.ts";
import type { KeyValueStore } from "../../../src/storage/keyValueStore.ts";
import { temporaryFolder } from "./temporary.ts";

/**
 * Every point at which a crash can come: before each change of the file system and each commit of a database. To be
 * mocked into the modules that are tested:
 *
 *     vi.mock("node:fs/promises", async (original) => interceptFiles(await original()));
 *     vi.mock("../../src/storage/keyValueStore.ts", async (original) => interceptStores(await original()));
 */

export interface CrashPoint {
  /** What was to be done next. */
  readonly before: string;
  /** The directory as a crash would leave it. */
  readonly path: string;
  /** Nothing has changed since the point before, whose path it has. */
  readonly isSame: boolean;
}

let onStep: ((what: string) => void) | null = null;

/** Runs `work` and returns what `root` would be if the process had died at each of its steps, and at the end. */
export async function crashPointsOf(
  root: string,
  work: () => Promise<unknown>,
): Promise<readonly CrashPoint[]> {
  const points: CrashPoint[] = [];
  const copies = temporaryFolder();
  let last = { state: "", path: "" };
  const take = (what: string): void => {
    const state = stateOf(root);
    const isSame = state === last.state;
    if (!isSame) {
      last = { state, path: join(copies, String(points.length)) };
      cpSync(root, last.path, { recursive: true });
    }
    points.push({ before: what.replaceAll(root, ""), path: last.path, isSame });
  };
  onStep = take;
  try {
    await work();
  } finally {
    onStep = null;
  }
  take("the end");
  return points;
}

function stateOf(root: string): string {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((name) => {
      const { ino, size, mtimeMs } = statSync(join(root, name));
      return `${name} ${ino} ${size} ${mtimeMs}`;
    })
    .join();
}

function step(what: string): void {
  onStep?.(what);
}

/** Half of a removal: some files of the folder are gone, the one that names the others first. */
function removeSome(path: string): void {
  if (onStep === null) return;
  try {
    for (const name of readdirSync(path).slice(0, 2)) rmSync(join(path, name), { recursive: true });
    step(`the rest of rm ${path}`);
  } catch {
    // It is no folder, or not there.
  }
}

export function interceptFiles(original: typeof FileSystem): typeof FileSystem {
  const { rename, rm, mkdir, open } = original;
  return {
    ...original,
    rename: async (from, to) => {
      step(`rename ${String(from)} ${String(to)}`);
      return rename(from, to);
    },
    rm: async (path, options) => {
      step(`rm ${String(path)}`);
      if (options?.recursive === true) removeSome(String(path));
      return rm(path, options);
    },
    mkdir: (async (path: string, options: object) => {
      step(`mkdir ${path}`);
      return mkdir(path, options);
    }) as typeof mkdir,
    open: async (path, flags, mode) => {
      step(`open ${String(path)}`);
      const file = await open(path, flags, mode);
      const sync = file.sync.bind(file);
      file.sync = async () => {
        step(`sync ${String(path)}`);
        await sync();
      };
      return file;
    },
  };
}

export function interceptStores(original: typeof KeyValueStores): typeof KeyValueStores {
  return {
    ...original,
    openLevel: async (path, create, writeBufferSize) => {
      step(`openLevel ${path}`);
      return watched(path, await original.openLevel(path, create, writeBufferSize));
    },
  };
}

function watched(path: string, store: KeyValueStore): KeyValueStore {
  return {
    get: (key) => store.get(key),
    scan: (range) => store.scan(range),
    view: () => store.view(),
    batch: () => {
      const batch = store.batch();
      return {
        ...batch,
        commit: async (durability) => {
          step(`commit ${path}`);
          await batch.commit(durability);
          step(`after commit ${path}`);
        },
      };
    },
    close: async () => {
      step(`close ${path}`);
      await store.close();
    },
  };
}
