import { type Random, SeededRandom } from "../../../src/base/random.ts";
import { recordsSumKey } from "../../../src/storage/storedValues.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import type { Operation, StoreModel } from "../disk/storeModel.ts";

const runKeyLength = 9;
/** Written when all is verified. */
const sumKey = Buffer.from(recordsSumKey).toString("latin1");

/** The data directory is removed under a node, which is then started again under its old name. */
export function wipe(world: World, member: Member, lastsMs: number, isPlain: boolean): string | null {
  if (!world.mayLose(member)) return null;
  const wasSettled = member.isSettled;
  member.wipe();
  member.lost = "wiped";
  world.coverage.count("wiped", wasSettled ? "a member" : "before all had met it");
  world.operator.onWiped(member, Math.min(lastsMs, 3_000), isPlain);
  return member.id;
}

/** Damage that the node must notice at its next start; then it neither votes nor acknowledges until it is repaired. */
export function damage(
  world: World,
  kind: "bitFlip" | "lostRecord",
  member: Member,
  lastsMs: number,
  random: Random,
): string | null {
  if (!world.mayLose(member) || member.disk.isEmpty) return null;
  // Not while it starts: what it has read by then it may rightly go on with.
  if (member.isUp && member.life?.running === null) return null;
  if (member.isUp) member.crash("power", "its disk is damaged");
  const what = kind === "bitFlip" ? flip(member, random) : loseRecord(member, random);
  if (what === null) {
    member.start();
    return null;
  }
  member.lost = `damaged (${what})`;
  member.wasTouched = true;
  member.settledAt = null;
  world.raftChecker.onLost(member.id);
  world.timeline.after(Math.min(lastsMs, 3_000), () => member.start());
  return `${member.id}: ${what}`;
}

/** What nodes have fetched of a snapshot, or fetch next, is damaged: nobody may trust it, and nothing is lost by it. */
export function damageStaged(world: World, member: Member, random: Random): string | null {
  if (random.next() < 0.5) return damageWhileStaging(world, random);
  const store = member.disk.files.store(stagingOf(member));
  const keys = store?.keys() ?? [];
  const key = keys[random.below(Math.max(1, keys.length))];
  if (store === null || key === undefined || !store.flip(key, random)) return null;
  member.hasDamagedStaging = true;
  if (member.isUp) member.crash("process", "its staged snapshot is damaged");
  member.start();
  return member.id;
}

/** After the chunk's own checksum was looked at, and without a word: only all of it together shows it. */
function damageWhileStaging(world: World, random: Random): string {
  for (const member of world.wanted) {
    member.disk.damageNextWrite({
      path: stagingOf(member),
      random: new SeededRandom(random.below(2 ** 31)),
      mayHit: (key) => key !== sumKey,
      onHit: () => {
        member.hasDamagedStaging = true;
        world.coverage.count("snapshot", "damaged on its way to the disk");
      },
    });
  }
  return "whoever writes next";
}

function stagingOf({ root }: Member): string {
  return `${root}/incoming`;
}

/** The databases that are in force: the log, and the newest records. */
function inForce({ disk, root }: Member): [path: string, store: StoreModel][] {
  const generation = (path: string): number => Number(/records(?:-(\d+))?$/.exec(path)?.[1] ?? 1);
  const stores = disk.files.stores();
  const records = stores.filter(([path]) => path.startsWith(`${root}/records`));
  const newest = records.toSorted(([a], [b]) => generation(b) - generation(a)).slice(0, 1);
  // After a crash in the middle of an install it takes the log to tell which they are.
  const isClear = records.length === 1;
  return [...stores.filter(([path]) => path === `${root}/log`), ...(isClear ? newest : [])];
}

function flip(member: Member, random: Random): string | null {
  const { disk, root } = member;
  const places = inForce(member).flatMap(([path, store]) =>
    store.keys().map((key) => ({ path, store, key })),
  );
  const fileNames = ["marker", "identity.json", "peers.json"];
  const dice = random.next();
  if (dice > 0.9) {
    const [path, store] = inForce(member)[random.below(2)] ?? [];
    // LevelDB takes a folder without its manifest for no database at all.
    if (path === undefined || store === undefined || !disk.files.remove(path)) return null;
    // For good: without it the next power loss would bring the database back.
    disk.files.syncFolder(root);
    return `the manifest of ${path}`;
  }
  if (dice < 0.2) {
    const name = fileNames[random.below(fileNames.length)] ?? "";
    return disk.files.flip(`${root}/${name}`, random) ? `a bit of ${name}` : null;
  }
  const place = places[random.below(Math.max(1, places.length))];
  if (place === undefined || !place.store.flip(place.key, random)) return null;
  return `a bit of ${place.path} at ${Buffer.from(place.key, "latin1").toString("hex")}`;
}

/** A batch with entries, followed by others: LevelDB would open without them and say nothing. */
function loseRecord({ disk, root }: Member, random: Random): string | null {
  const log = disk.files.store(`${root}/log`);
  if (log === null) return null;
  const runs = (operations: readonly Operation[]): string[] =>
    operations.flatMap(({ type, key }) => (type === "put" && key.length === runKeyLength ? [key] : []));
  const lost = log.loseFromMiddle(random, (batch, later) => {
    // Without its compaction the log is what it was before it, and whole.
    if (batch.some(({ key }) => key === "c")) return false;
    const mine = runs(batch);
    const after = runs(later);
    const stillThere = mine.some((key) => log.get(key) !== undefined && !after.includes(key));
    return stillThere && after.some((key) => mine.every((each) => key > each) && log.get(key) !== undefined);
  });
  return lost ? "a record of the log" : null;
}
