import { LogIndex, Term } from "../../../src/base/brands.ts";
import { inspect } from "../../../src/disaster/inspect.ts";
import { jumpedFrom } from "../../../src/disaster/jump.ts";
import { recover } from "../../../src/disaster/recover.ts";
import type { RecoveryReport } from "../../../src/disaster/report.ts";
import { maxToldPerEntry } from "../../../src/machine/limits.ts";
import type { Entry, EntryId } from "../../../src/raft/index.ts";
import type { Member } from "../cluster/member.ts";
import { World } from "../cluster/world.ts";
import { shuffled } from "../faults/partitions.ts";
import type { Mix } from "./mix.ts";
import { OfflineCommand } from "./offlineCommand.ts";

/** In two times of faults a breaker opens for the third time, for four minutes. */
const thirdOpeningMs = 240_000;

/**
 * The quorum is lost for good: every process dies at once, and of the members only a minority still has its data. The best of
 * these is recovered as docs/operations.md says, by a process that is itself cut off now and then, and is the first node of the
 * new cluster that is given back. Null when nobody is left, or nothing was ever written.
 */
export function recoverFrom(former: World, keepsTrace: boolean): World | null {
  // In other pieces than the command's the log may come to something else.
  if (former.mix.workload.features.toldPerEntry !== maxToldPerEntry) return null;
  const survivor = bestOf(former, whoIsLeft(former));
  if (survivor === null) return null;
  const last = lastEntryOf(former, survivor);
  const start = jumpedFrom(last);
  const { mix, timeline, seed } = former;
  const world = new World(`${seed}/recovered`, mixAfter(mix, 1), {
    keepsTrace,
    origin: {
      founders: [survivor.id],
      base: start.index,
      wallStart: former.wallStart + timeline.now,
    },
  });
  const [member] = world.members;
  if (member === undefined) return null;
  member.disk.takeFrom(survivor.disk);
  member.clockWasSet = former.members.some(({ clockWasSet }) => clockWasSet);
  member.clockRanSlow = former.members.some(({ clockRanSlow }) => clockRanSlow);
  world.note("++++", `the quorum is lost: ${member.id} is recovered (trace ${former.trace.hash})`);
  const report = recovered(world, member, last);
  if (report === null) return world;
  goOn(world, former, former.raftChecker.logOf(survivor.id), report);
  // The log of its new directory is empty, and begins in this term.
  world.raftChecker.follow(member);
  world.raftChecker.durable(member.id).hardState = { currentTerm: start.term, votedFor: null };
  return world;
}

/** For a cluster that is made of another one's data. */
export function mixAfter(mix: Mix, nodes: number): Mix {
  return {
    ...mix,
    nodes,
    livenessMs: mix.livenessMs + thirdOpeningMs,
    lateSnapshots: 0,
    faults: { ...mix.faults, oldCopy: 0 },
  };
}

/** A minority of those who vote, of which each has all that it ever acknowledged. */
function whoIsLeft(world: World): readonly Member[] {
  const random = world.random("disaster");
  const { voters } = world.raftChecker.inForce().membership;
  const isFit = (member: Member): boolean =>
    member.lost === null &&
    member.forgot === null &&
    member.isSettled &&
    member.hasIdentity &&
    !member.isStranger &&
    world.isAtHome(member);
  const fit = voters.map((id) => world.member(id)).filter(isFit);
  const how = random.next() < 0.5 ? "process" : "power";
  for (const member of world.members) if (member.isUp) member.crash(how, "the quorum is lost");
  const most = Math.max(1, Math.floor((voters.length - 1) / 2));
  return shuffled(fit, random).slice(0, 1 + random.below(most));
}

/** Whose log ends last, as an operator finds out by `inspect`. */
function bestOf(world: World, left: readonly Member[]): Member | null {
  const [best] = left.toSorted((a, b) => {
    const [x, y] = [lastEntryOf(world, a), lastEntryOf(world, b)];
    return y.term - x.term || y.index - x.index;
  });
  return best === undefined || lastEntryOf(world, best).index === 0 ? null : best;
}

function lastEntryOf({ raftChecker }: World, { id }: Member): EntryId {
  const durable = raftChecker.durable(id);
  const index = durable.lastIndex;
  const term = durable.termAt(index) ?? raftChecker.committed[index - 1]?.term ?? 0;
  return { index: LogIndex(index), term: Term(term) };
}

/** All that the log came to is there, and nothing else. What a majority had acknowledged without the survivor may be lost. */
function goOn(world: World, former: World, log: readonly Entry[], report: RecoveryReport): void {
  const { oracle, machineChecker, coverage } = world;
  const { committed } = former.raftChecker;
  oracle.goOnFrom(former.oracle);
  world.termsOfDuty.goOnFrom(former.termsOfDuty);
  machineChecker.goOnFrom(log, former.machineChecker);
  const { stateHash } = machineChecker.machine;
  if (report.stateHash !== stateHash)
    world.fail(`R13: what was recovered has the state ${report.stateHash}, its log came to ${stateHash}`);
  const isWhole = committed.length === 0 || log[committed.length - 1]?.term === committed.at(-1)?.term;
  coverage.count("recovery", isWhole ? "nothing was lost" : "acknowledged entries were lost");
  if (log.length > committed.length) coverage.count("recovery", "entries that were not committed");
  if (!isWhole) return;
  for (const id of former.oracle.lasting()) {
    if (machineChecker.reference.jobs.has(id)) continue;
    world.fail(
      `Q1: job ${id} was acknowledged, the survivor had all that was committed, and the job is gone`,
    );
  }
}

/** `conclave inspect` and `conclave recover`. Null when they fail. */
function recovered(world: World, member: Member, last: EntryId): RecoveryReport | null {
  const { root: dataDir, id } = member;
  const command = new OfflineCommand(world, member, "recovery", async (openStore) => {
    const found = await inspect(dataDir, openStore);
    const report = await recover({ dataDir, id, cluster: "", openStore });
    const again = await recover({ dataDir, id, cluster: "", openStore });
    return { found: found.lastEntry, report, again };
  });
  const done = command.carryOut();
  if (done === null) return null;
  const { found, report, again } = done;
  const start = jumpedFrom(last);
  const isOf = ({ index, term }: EntryId): boolean =>
    index === report.formerIndex && term === report.formerTerm;
  if (!isOf(last) || report.index !== start.index || report.term !== start.term)
    world.fail(`${id} is recovered as ${JSON.stringify(report)}, its log ends at ${last.index}`);
  // One that was cut off may have become the new directory by then.
  if (!isOf(found) && found.index !== report.index)
    world.fail(`inspect tells of entry ${found.index}, recovered is ${report.formerIndex}`);
  if (JSON.stringify(report) !== JSON.stringify(again))
    world.fail(`a second recovery comes to something else: ${JSON.stringify(again)}`);
  world.note(id, `is recovered: ${report.formerIndex} becomes ${report.index}`);
  return world.failure === null ? report : null;
}
