import { LogIndex, Term } from "../../../src/base/brands.ts";
import { inspect } from "../../../src/disaster/inspect.ts";
import { jumpedFrom } from "../../../src/disaster/jump.ts";
import { recover } from "../../../src/disaster/recover.ts";
import type { RecoveryReport } from "../../../src/disaster/report.ts";
import { maxToldPerEntry } from "../../../src/machine/limits.ts";
import type { Entry, EntryId } from "../../../src/raft/index.ts";
import type { OpenStore } from "../../../src/storage/keyValueStore.ts";
import type { Member } from "../cluster/member.ts";
import { World } from "../cluster/world.ts";
import { mount } from "../disk/files.ts";
import { SimStore } from "../disk/store.ts";
import { shuffled } from "../faults/partitions.ts";
import { Host } from "../time/host.ts";
import { pick } from "./mix.ts";

/** In two times of faults a breaker opens for the third time, for four minutes. */
const thirdOpeningMs = 240_000;
/** However often it is cut off. */
const mostMs = 120_000;

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
  const world = new World(
    `${seed}/recovered`,
    {
      ...mix,
      nodes: 1,
      livenessMs: mix.livenessMs + thirdOpeningMs,
      lateSnapshots: 0,
      faults: { ...mix.faults, oldCopy: 0 },
    },
    {
      keepsTrace,
      origin: {
        survivor: survivor.id,
        base: start.index,
        wallStart: former.wallStart + timeline.now,
      },
    },
  );
  const [member] = world.members;
  if (member === undefined) return null;
  member.disk.takeFrom(survivor.disk);
  member.clockWasSet = former.members.some(({ clockWasSet }) => clockWasSet);
  member.clockRanSlow = former.members.some(({ clockRanSlow }) => clockRanSlow);
  world.note("++++", `the quorum is lost: ${member.id} is recovered (trace ${former.trace.hash})`);
  const report = new Recovery(world, member, last).carryOut();
  if (report === null) return world;
  goOn(world, former, former.raftChecker.logOf(survivor.id), report);
  // The log of its new directory is empty, and begins in this term.
  world.raftChecker.follow(member);
  world.raftChecker.durable(member.id).hardState = { currentTerm: start.term, votedFor: null };
  return world;
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

/** The command `conclave recover`, begun again by its operator until it has said that it is done. */
class Recovery {
  readonly #world: World;
  readonly #member: Member;
  readonly #last: EntryId;
  readonly #random;
  #cutOffs: number;
  #attempts = 0;
  #report: RecoveryReport | null = null;

  constructor(world: World, member: Member, last: EntryId) {
    this.#world = world;
    this.#member = member;
    this.#last = last;
    this.#random = world.random("recovery");
    this.#cutOffs = this.#random.below(4);
  }

  /** Null when it fails. */
  carryOut(): RecoveryReport | null {
    const { timeline } = this.#world;
    this.#attempt();
    timeline.runUntil(mostMs, () => this.#world.failure !== null || this.#report !== null);
    if (this.#report === null) this.#world.fail(`the recovery of ${this.#member.id} does not come to an end`);
    return this.#world.failure === null ? this.#report : null;
  }

  #attempt(): void {
    const { timeline, coverage, mix } = this.#world;
    const { id, disk, clock } = this.#member;
    const number = ++this.#attempts;
    const host = new Host({
      name: `${id}#recovery${number}`,
      timeline,
      clock,
      random: this.#world.random(`recovery/${number}`),
      turnMs: mix.turnMs,
      lookCostMs: mix.lookCostMs,
      onUncaught: (error) => this.#world.fail(`the recovery of ${id}: an error that nobody caught`, error),
    });
    mount(host, disk);
    host.run(() => void this.#carryOut(host));
    if (this.#cutOffs-- <= 0) return;
    timeline.after(this.#random.next() * pick(this.#random, [4, 15, 60, 300]), () => {
      if (this.#report !== null || number !== this.#attempts || !host.alive) return;
      coverage.count("recovery", "cut off");
      const how = this.#random.next() < 0.5 ? "process" : "power";
      host.kill();
      disk.crash(how);
      // A write of the next attempt fails, the command says so, and the disk is mended.
      if (this.#random.next() < 0.3) disk.fail(this.#random.next() < 0.5 ? "EIO" : "ENOSPC");
      this.#attempt();
    });
  }

  async #carryOut(host: Host): Promise<void> {
    const { root: dataDir, id, disk } = this.#member;
    const openStore: OpenStore = (path, create) =>
      Promise.resolve().then(() => new SimStore(host, disk, disk.store(path, create)));
    try {
      const found = await inspect(dataDir, openStore);
      const report = await recover({ dataDir, id, cluster: "", openStore });
      const again = await recover({ dataDir, id, cluster: "", openStore });
      this.#done(found.lastEntry, report, again);
    } catch (error) {
      if (!disk.hasFailed) return this.#world.fail(`the recovery of ${id} is refused`, error);
      this.#world.coverage.count("recovery", "failed with its disk");
      host.kill();
      disk.mend();
      disk.crash("process");
      this.#world.timeline.after(200, () => this.#attempt());
    }
  }

  #done(found: EntryId, report: RecoveryReport, again: RecoveryReport): void {
    const world = this.#world;
    const last = this.#last;
    const start = jumpedFrom(last);
    const isOf = ({ index, term }: EntryId, { formerIndex, formerTerm }: RecoveryReport): boolean =>
      index === formerIndex && term === formerTerm;
    if (!isOf(last, report) || report.index !== start.index || report.term !== start.term)
      world.fail(
        `${this.#member.id} is recovered as ${JSON.stringify(report)}, its log ends at ${last.index}`,
      );
    // One that was cut off may have become the new directory by then.
    if (!isOf(found, report) && found.index !== report.index)
      world.fail(`inspect tells of entry ${found.index}, recovered is ${report.formerIndex}`);
    if (JSON.stringify(report) !== JSON.stringify(again))
      world.fail(`a second recovery comes to something else: ${JSON.stringify(again)}`);
    world.note(this.#member.id, `is recovered: ${report.formerIndex} becomes ${report.index}`);
    world.coverage.count("recovery", "done");
    this.#member.disk.mend();
    this.#report = report;
  }
}
