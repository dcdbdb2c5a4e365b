import { join } from "node:path";
import { LogIndex } from "../../../src/base/brands.ts";
import { openLevel } from "../../../src/storage/keyValueStore.ts";
import { LevelLog, type OpenedLog } from "../../../src/storage/levelLog.ts";
import { freshMark, Marker, readMark, writeMark } from "../../../src/storage/marker.ts";
import type { DurableBatch } from "../../../src/storage/types.ts";
import { WriteFuse } from "../../../src/storage/writeFuse.ts";
import { FaultyStore } from "./faultyStore.ts";

export interface TestLog extends OpenedLog {
  readonly store: FaultyStore;
  readonly fuse: WriteFuse;
  readonly marker: Marker;
  readonly markerPath: string;
}

/** A log alone, over a store whose commits can be made to fail. Made when it is not there. */
export async function openLog(root: string, options: { keepAbove?: number } = {}): Promise<TestLog> {
  const markerPath = join(root, "marker");
  let mark = await readMark(markerPath);
  const create = mark === null;
  if (mark === null) {
    mark = freshMark;
    await writeMark(markerPath, mark);
  }
  const fuse = new WriteFuse();
  // So long an interval that tests see only the marks that something asked for.
  const marker = new Marker(markerPath, mark, fuse, 3_600_000);
  const store = new FaultyStore(await openLevel(join(root, "log"), create));
  try {
    const keepAbove = LogIndex(options.keepAbove ?? 0);
    const opened = await LevelLog.open({ store, where: join(root, "log"), fuse, marker, mark, keepAbove });
    return { ...opened, store, fuse, marker, markerPath };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Stages and writes, as the driver does. */
export async function append(log: LevelLog, batch: DurableBatch): Promise<void> {
  log.stage(batch);
  await log.write(batch);
}
