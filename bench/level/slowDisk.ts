import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { batchPrototype } from "./batchPrototype.ts";

/**
 * Loaded into a node before anything else (`--import`): from SIGUSR2 on, until the next one, each of its writes to LevelDB takes
 * so much longer. A synced write of some kilobytes takes 0.2 to 0.4 ms where this was measured: a hundred times as long.
 */
const slowMs = 30;

const folder = await mkdtemp(join(tmpdir(), "conclave-bench-"));
const prototype = await batchPrototype(folder);
await rm(folder, { recursive: true, force: true });

let isSlow = false;
process.on("SIGUSR2", () => {
  isSlow = !isSlow;
});

const { _write: write } = prototype;
prototype._write = async function (options) {
  const written = await write.call(this, options);
  if (isSlow) await delay(slowMs);
  return written;
};
