import { LogIndex } from "../../../src/base/brands.ts";
import { snapshotIdOf } from "./disk.ts";
import type { Act } from "./scenario.ts";
import { place } from "./wording.ts";

/** From now on writes are done when `persist` says so, and are numbered from 1. */
const slow: Act = (world, ids) => {
  for (const id of ids) {
    const node = world.node(id);
    node.diskIsSlow = true;
    node.disk.beginNumbering();
  }
};

const fast: Act = (world, ids) => {
  for (const id of ids) {
    const node = world.node(id);
    node.diskIsSlow = false;
    world.completeWrites(node, node.disk.requested, node.disk.synced + 1);
  }
};

/**
 * `persist n2`: all that was asked for, reported as one; `persist n2 through 2`: the same for the first two.
 * `persist n2 write 2`: the disk has all through the second write, and only that one is reported; `persist n2 write 1`
 * after it is a report that comes late.
 */
const persist: Act = (world, [id = "", extent, number]) => {
  const node = world.node(id);
  if (node.disk.requested === 0) throw new Error(`${id} has nothing to write`);
  const through = number === undefined ? node.disk.requested : Number(number);
  const from = extent === "write" ? through : node.disk.synced + 1;
  const { synced } = node.disk;
  const words = through <= synced ? `write ${through}, reported late` : `through write ${through}`;
  world.output.tell(node.id, "synced", words);
  world.completeWrites(node, through, from);
};

/** The power goes: what was not synced is gone, and what waits for it never leaves. */
const crash: Act = (world, ids) => {
  for (const id of ids) {
    const node = world.node(id);
    if (!node.isUp) throw new Error(`${id} is down already`);
    const lost = node.disk.requested - node.disk.synced;
    node.stop(null);
    const what = lost === 0 ? "all was on disk" : `${lost} ${lost === 1 ? "write is" : "writes are"} lost`;
    world.output.tell(node.id, "down", what);
  }
};

const restart: Act = (world, ids) => {
  for (const id of ids) {
    const node = world.node(id);
    if (node.isUp) throw new Error(`${id} is up`);
    node.start(world.now);
    const { term, votedFor, appliedIndex, lastIndex } = node.status(world.now);
    const vote = votedFor === null ? "" : ` vote ${votedFor}`;
    world.output.tell(
      node.id,
      "up",
      `term ${term}${vote}; applied ${appliedIndex}, log through ${lastIndex}`,
    );
  }
};

const checkpoint: Act = (world, ids) => {
  for (const id of ids) {
    const node = world.node(id);
    const saved = node.saveCheckpoint();
    world.output.tell(node.id, "saved", `records as of ${place(snapshotIdOf(saved))}`);
    world.step(node, { type: "checkpointed", index: saved.appliedIndex });
  }
};

/** `compact n1 5`: storage forgets the entries through 5, which a checkpoint covers. */
const compact: Act = (world, [id = "", index = ""]) => {
  const node = world.node(id);
  node.disk.compact(Number(index));
  const { compacted } = node.disk;
  node.believed.splice(0, compacted.index - node.base.index);
  node.base = compacted;
  world.step(node, { type: "compacted", index: LogIndex(Number(index)) });
};

/**
 * `fetched n3`: the newest snapshot of the node that n3 was told to fetch from has come whole; `fetched n3 at 5`: an
 * older one of it; `fetched n3 at 5 from n1`: one of an earlier leader.
 */
const fetched: Act = (world, [id = "", ...words]) => {
  const node = world.node(id);
  const facts = new Map<string, string>();
  for (let i = 0; i + 1 < words.length; i += 2) facts.set(words[i] ?? "", words[i + 1] ?? "");
  const from = facts.get("from") ?? node.fetching?.from;
  if (from === undefined) throw new Error(`${id} was not told to fetch a snapshot`);
  const { checkpoints } = world.node(from);
  const at = facts.get("at");
  const found = checkpoints.findLast(({ appliedIndex }) => at === undefined || appliedIndex === Number(at));
  if (found === undefined) throw new Error(`${from} has no such snapshot`);
  node.staged.push(found);
  world.output.tell(node.id, "fetched", `${from.padEnd(3)} the snapshot of ${place(snapshotIdOf(found))}`);
  world.step(node, { type: "snapshotFetched", snapshot: snapshotIdOf(found) });
};

/** `reads slow n1`: reads of the log are answered by `answer n1` or `answer n1 fails`. */
const reads: Act = (world, [speed, ...ids]) => {
  for (const id of ids) world.node(id).readsAreSlow = speed === "slow";
};

const answer: Act = (world, [id = "", fails]) => {
  const node = world.node(id);
  const read = node.pendingReads.shift();
  if (read === undefined) throw new Error(`${id} waits for no read`);
  world.answerRead(node, read, fails === "fails");
};

export const diskCommands: Readonly<Record<string, Act>> = {
  slow,
  fast,
  persist,
  crash,
  restart,
  checkpoint,
  compact,
  fetched,
  reads,
  answer,
  /** A fault: `lose n2 3`: the synced entries from 3 on are gone, while it is down. */
  lose: (world, [id = "", from = ""]) => world.node(id).disk.lose(Number(from)),
  wipe: (world, ids) => {
    for (const id of ids) world.node(id).wipe();
  },
  pause: (world, ids) => {
    for (const id of ids) world.node(id).isPaused = true;
  },
  resume: (world, ids) => {
    for (const id of ids) world.node(id).isPaused = false;
  },
};
