import { LogIndex, NodeId, Term } from "../../../src/base/brands.ts";
import { ConclaveError } from "../../../src/base/errors.ts";
import type { BackupSummary } from "../../../src/disaster/backupFile.ts";
import { jumpedFrom } from "../../../src/disaster/jump.ts";
import { readOrigin } from "../../../src/disaster/origin.ts";
import type { RestoreReport } from "../../../src/disaster/report.ts";
import { restore } from "../../../src/disaster/restore.ts";
import { DataDirectory } from "../../../src/storage/dataDirectory.ts";
import type { OpenStore } from "../../../src/storage/keyValueStore.ts";
import { isRenewalPending } from "../../../src/storage/renewal.ts";
import type { Member } from "../cluster/member.ts";
import { World } from "../cluster/world.ts";
import type { Archive } from "../workload/archive.ts";
import { pick } from "./mix.ts";
import { OfflineCommand } from "./offlineCommand.ts";
import { mixAfter } from "./recovery.ts";

const folder = "/backups";
const file = `${folder}/today.backup`;

/**
 * Everything is lost but a backup, which was taken while faults went on. Each founder of a new cluster is made of it as
 * docs/operations.md says, by a process that is itself cut off now and then. Null when no backup was ever taken.
 */
export function restoreFrom(former: World, archive: Archive, keepsTrace: boolean): World | null {
  const found = archive.content();
  if (found === null) return null;
  const { text, summary } = found;
  for (const member of former.members) if (member.isUp) member.crash("power", "everything is lost");
  const { mix, timeline, seed } = former;
  const start = jumpedFrom({ index: LogIndex(summary.index), term: Term(summary.term) });
  const founders = Array.from({ length: pick(former.random("disaster"), [1, 3, 3, 5]) }, (_, i) =>
    NodeId(`n${i + 1}`),
  );
  const world = new World(`${seed}/restored`, mixAfter(mix, founders.length), {
    keepsTrace,
    origin: { founders, base: start.index, wallStart: former.wallStart + timeline.now },
  });
  world.note(
    "++++",
    `everything is lost but a backup of entry ${summary.index} (trace ${former.trace.hash})`,
  );
  const reports: RestoreReport[] = [];
  for (const member of world.members) {
    member.clockWasSet = former.members.some(({ clockWasSet }) => clockWasSet);
    member.clockRanSlow = former.members.some(({ clockRanSlow }) => clockRanSlow);
    copyTo(member, text);
    const report = restored(world, member);
    if (report === null) return world;
    reports.push(report);
  }
  goOn(world, former, summary, reports);
  for (const member of world.members) {
    // The log of its directory is empty, and begins in this term.
    world.raftChecker.follow(member);
    world.raftChecker.durable(member.id).hardState = { currentTerm: start.term, votedFor: null };
  }
  return world;
}

function copyTo({ disk: { files } }: Member, text: string): void {
  files.write(file, text);
  files.syncFile(file);
  files.syncFolder(folder);
}

/** `conclave restore`. Null when it fails. */
function restored(world: World, member: Member): RestoreReport | null {
  const { root: dataDir, id } = member;
  const again = (openStore: OpenStore): Promise<RestoreReport> =>
    restore({
      file,
      dataDir,
      id,
      cluster: "",
      peers: world.founders.map((each) => ({ id: each })),
      openStore,
    });
  const command = new OfflineCommand(
    world,
    member,
    "restore",
    async (openStore) => {
      if (!(await isThere(dataDir, openStore))) await again(openStore);
      // A second one finds the directory taken, and leaves it as it is.
      await again(openStore).then(
        () => world.fail(`${id} is restored twice into one directory`),
        (error: unknown) => {
          if (!(error instanceof ConclaveError && error.code === "CONFIG_INVALID")) throw error;
        },
      );
      return (await readOrigin(dataDir, "restored")) as RestoreReport;
    },
    `restore/${id}`,
  );
  return command.carryOut();
}

/** One that was cut off may have been done by then. */
async function isThere(dataDir: string, openStore: OpenStore): Promise<boolean> {
  return (await DataDirectory.identityAt(dataDir, openStore)) !== null && !(await isRenewalPending(dataDir));
}

/** All that the log came to by then is there, and nothing else. What was acknowledged later is lost. */
function goOn(world: World, former: World, summary: BackupSummary, reports: readonly RestoreReport[]): void {
  const { machineChecker, oracle, coverage } = world;
  const { committed } = former.raftChecker;
  oracle.goOnFrom(former.oracle);
  world.termsOfDuty.goOnFrom(former.termsOfDuty);
  machineChecker.goOnFrom(committed.slice(0, summary.index), former.machineChecker);
  const { stateHash } = machineChecker.machine;
  const clusters = new Set(reports.map(({ clusterId }) => clusterId));
  if (clusters.size !== 1) world.fail(`one backup was restored to ${clusters.size} clusters`);
  for (const report of reports) {
    if (report.stateHash !== stateHash)
      world.fail(
        `R13: ${report.nodeId} was restored with the state ${report.stateHash}, should be ${stateHash}`,
      );
    if (report.index !== world.base || report.jobs !== machineChecker.reference.jobs.size)
      world.fail(
        `${report.nodeId} is restored as ${JSON.stringify(report)}, the backup is of ${summary.index}`,
      );
  }
  coverage.count(
    "restore",
    summary.index === committed.length ? "nothing was lost" : "later entries were lost",
  );
}
