import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConclaveError } from "../../base/errors.ts";
import { mapConcurrently } from "./concurrently.ts";

/** The queue of the demo's jobs. */
export const demoQueue = "demo.files";

/** What a job of the demo says. */
export interface DemoPayload {
  readonly path: string;
  /** This many first attempts fail on purpose. */
  readonly failFirst: number;
}

export interface DemoJob {
  readonly id: string;
  readonly payload: DemoPayload;
  /** Its file does not exist: it must end `dead`. */
  readonly hopeless: boolean;
  /** What its file looked like at the start; see `stampOf`. */
  readonly stamp: string;
}

/** One in so many jobs fails at its first attempt, and one in so many of those at the second as well. */
const failOnceEvery = 50;
const failTwiceEvery = 4;

const statsAtOnce = 64;

/** One job per regular file below `dir`, and a hopeless one in the middle. `newId` makes the jobs' ids. */
export async function buildCorpus(dir: string, newId: () => string): Promise<readonly DemoJob[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConclaveError("INVALID_ARGUMENT", `--dir ${dir}: cannot be read: ${why}`, { cause });
  });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (paths.length < 10) {
    throw new ConclaveError(
      "INVALID_ARGUMENT",
      `--dir ${dir}: has ${paths.length} files; the demo wants 10 or more`,
    );
  }
  paths.sort();
  const jobs = await mapConcurrently(paths, statsAtOnce, async (path, at): Promise<DemoJob> => {
    const payload = { path, failFirst: failuresOf(at) };
    return { id: newId(), payload, hopeless: false, stamp: await stampOf(path) };
  });
  const path = join(dir, "conclave-demo-no-such-file");
  const hopeless = { id: newId(), payload: { path, failFirst: 0 }, hopeless: true, stamp: gone };
  jobs.splice(Math.floor(jobs.length / 3), 0, hopeless);
  return jobs;
}

const gone = "gone";

/** Tells whether a file was changed while the demo ran: others may work in the folder. */
export async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found === null ? gone : `${found.mtimeMs}/${found.ctimeMs}/${found.size}`;
}

function failuresOf(at: number): number {
  if (at % failOnceEvery !== 0) return 0;
  return at % (failOnceEvery * failTwiceEvery) === 0 ? 2 : 1;
}

/** The project's own node_modules; where the package is installed as a dependency, the one that holds it. */
export function defaultDir(): string {
  const packageRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
  const own = join(packageRoot, "node_modules");
  return existsSync(own) ? own : dirname(packageRoot);
}
