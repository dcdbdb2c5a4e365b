import { type Random, SeededRandom } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import type { Connection } from "../network/connection.ts";
import { pick } from "../run/mix.ts";
import { damage, damageStaged, wipe } from "./damage.ts";
import { restoreOldCopy, swap } from "./directories.ts";
import { failOnce } from "./failOnce.ts";
import { blindHandOver, lateHandOver, transfer } from "./handOvers.ts";
import { disturbDisk, driveClock, refuseToRead, setClock, setClockOfNext } from "./hardware.ts";
import type { Fault } from "./kinds.ts";
import { killClient, pauseClient, resetClient } from "./outsiders.ts";
import {
  between,
  bridge,
  cut,
  isolated,
  majorityOf,
  minorityOf,
  oneSided,
  ring,
  shuffled,
} from "./partitions.ts";
import {
  breakSnapshot,
  crashInSnapshot,
  disturbInstalled,
  disturbStaging,
  fetching,
} from "./snapshotFaults.ts";
import { changeRelease, startFarRelease } from "./upgrades.ts";

/** Carries out a schedule. */
export class Nemesis {
  readonly #world: World;
  readonly #clients: readonly string[];
  /** What is broken now, and how to mend it. */
  readonly #broken = new Set<() => void>();
  #over = false;

  constructor(world: World, clients: readonly string[]) {
    this.#world = world;
    this.#clients = clients;
  }

  begin(schedule: readonly Fault[]): void {
    for (const fault of schedule) {
      this.#world.timeline.at(fault.at, () => {
        if (!this.#over) this.#inflict(fault);
      });
    }
  }

  /** Everything is mended, and what was taken down is started again. */
  mendAll(): void {
    this.#over = true;
    for (const mend of this.#broken) mend();
    this.#broken.clear();
    this.#world.links.healAll();
    for (const member of this.#world.members) {
      member.disk.mend();
    }
  }

  #inflict(fault: Fault): void {
    const random = new SeededRandom(fault.seed);
    const done = this.#carryOut(fault, random);
    if (done === null) return;
    this.#world.coverage.count("fault", fault.kind);
    this.#world.note("----", `${fault.kind}: ${done}`);
  }

  /** What was done, in words; null when there was nothing to do it to. */
  #carryOut({ kind, lastsMs, on = [] }: Fault, random: Random): string | null {
    const world = this.#world;
    const drawn = pick(random, world.wanted);
    const someone = world.wanted.find(({ id }) => id === on[0]) ?? drawn;
    const leader = world.leader;
    const mayBeLeader = (): Member =>
      on.length === 0 && random.next() < 0.5 ? (leader ?? someone) : someone;
    const shuffledNames = shuffled(
      world.wanted.map(({ id }) => id as string),
      random,
    );
    const names = [...on, ...shuffledNames.filter((name) => !on.includes(name))];
    switch (kind) {
      case "kill":
        return this.#crash([someone], "process", lastsMs);
      case "powerLoss":
        return this.#crash([someone], "power", lastsMs);
      case "crashLeader":
        return this.#crash(leader ? [leader] : [], random.next() < 0.5 ? "process" : "power", lastsMs);
      case "crashAll":
        return this.#crashAll(lastsMs, random);
      case "restartLoop":
        return this.#restartLoop(someone, 3 + random.below(6), random);
      case "pause":
        return this.#pause(someone, lastsMs);
      case "pauseLeader":
        return this.#pause(leader, lastsMs);
      case "stopCleanly":
        return this.#stop(someone, lastsMs);
      case "transfer":
        return transfer(world, leader, on.length === 0 && random.next() < 0.5 ? null : someone);
      case "blindHandOver":
        return blindHandOver(world, leader, names, random, this.#until);
      case "lateHandOver":
        return lateHandOver(world, leader, names, random, this.#until);
      case "isolateLeader":
        return leader === null ? null : this.#cut(isolated(leader.id, names), lastsMs, leader.id);
      case "stalledLeader":
        return this.#stalledLeader(leader, names, random);
      case "minority":
        return this.#split(names, on.length || minorityOf(names.length), lastsMs, random);
      case "majority":
        return this.#split(names, on.length || majorityOf(names.length), lastsMs, random);
      case "bridge":
        return this.#cut(bridge(names), lastsMs, `over ${names[0]}`);
      case "ring":
        return names.length < 4 ? null : this.#cut(ring(names), lastsMs, names.join("-"));
      case "oneWay": {
        const [from = "", to = ""] = names;
        return names.length < 2 ? null : this.#cut([[from, to]], lastsMs, `${from} to ${to}`);
      }
      case "deaf":
      case "unheard": {
        const { id } = mayBeLeader();
        return this.#cut(oneSided(kind, id, names), lastsMs, id);
      }
      case "flapping":
        return this.#flap(names, lastsMs, random);
      case "clog":
        return this.#clog(names, lastsMs, random);
      case "breakStreams":
        return this.#breakStreams(someone, random, (connection) => connection.break());
      case "halfOpen":
        return this.#breakStreams(someone, random, (connection) => connection.forget());
      case "garble":
        return this.#breakStreams(mayBeLeader(), random, (connection) =>
          connection.garble(1 + random.below(3), random),
        );
      case "cutClient":
        return this.#cutClient(names, lastsMs, random);
      case "clockJump":
        return on.length > 0
          ? setClock(someone, lastsMs, random, this.#until, [3_600_000])
          : this.#clockJump(someone, leader, lastsMs, random);
      case "clockDrift":
        return driveClock(someone, lastsMs, random, this.#until);
      case "slowDisk":
      case "hangingDisk":
      case "EIO":
      case "ENOSPC": {
        const disturb = (member: Member) => disturbDisk(kind, member, lastsMs, random, this.#until);
        const member = mayBeLeader();
        if (kind === "EIO" && on.length === 0 && random.next() < 0.25)
          return refuseToRead(world, leader, random, this.#until);
        if (on.length > 0 || random.next() < 0.7) return disturb(member);
        return disturbStaging(world, random, disturb);
      }
      case "failOnce":
        return failOnce(world, mayBeLeader(), lastsMs, random, this.#until);
      case "wipe":
        return wipe(world, someone, lastsMs, on.length > 0);
      case "bitFlip":
      case "lostRecord":
        return damage(world, kind, someone, lastsMs, random);
      case "swap":
        return swap(world, someone, Math.min(lastsMs, 6_000), random, this.#until);
      case "oldCopy":
        return restoreOldCopy(world, someone, leader, Math.min(lastsMs, 4_000));
      case "damageStaged":
        return damageStaged(world, pick(random, fetching(world)), random);
      case "breakSnapshot":
        return breakSnapshot(world);
      case "crashInSnapshot":
        return this.#disturbSnapshot(lastsMs, random);
      case "outrun":
        return this.#outrun(someone, leader, names, random);
      case "addNode":
        return world.operator.add();
      case "removeNode":
        return world.operator.remove(random, on[0]);
      case "replaceNode":
        return world.operator.replace(random);
      case "changeSeveral":
        return world.operator.changeSeveral(random);
      case "doomedChange":
        return this.#doomedChange(leader, names, random);
      case "changeRelease":
        return changeRelease(world, someone, lastsMs, random);
      case "farRelease":
        return startFarRelease(world, someone, Math.min(lastsMs, 5_000), random, this.#until);
      case "pauseClient":
        return pauseClient(world, on[0], lastsMs, random, this.#until);
      case "killClient":
        return killClient(world, on[0], lastsMs, random, this.#until);
      case "resetClient":
        return resetClient(world, on[0], random);
    }
  }

  /** Mends what `breaking` broke after `ms`, or when everything heals. */
  readonly #until = (ms: number, mend: () => void): void => {
    const once = (): void => {
      if (this.#broken.delete(once)) mend();
    };
    this.#broken.add(once);
    // What was begun before all was mended and takes effect only now is over at once.
    this.#world.timeline.after(this.#over ? 0 : ms, once);
  };

  #crash(members: readonly Member[], kind: "process" | "power", lastsMs: number): string | null {
    const up = members.filter((member) => member.isUp);
    for (const member of up) {
      member.crash(kind, "the nemesis");
      this.#startAfter(lastsMs, member);
    }
    return up.length === 0
      ? null
      : `${up.map(({ id }) => id).join(", ")} for ${Math.round(lastsMs)} ms (${kind})`;
  }

  /** Now and then for so long that log time has to make up for it. */
  #crashAll(lastsMs: number, random: Random): string | null {
    const how = random.next() < 0.5 ? "process" : "power";
    const ms = random.next() < 0.3 ? 4_000 + 8_000 * random.next() : Math.min(lastsMs, 2_000);
    return this.#crash(this.#world.wanted, how, ms);
  }

  /** Unless it was started meanwhile: what ended that life has its own end. */
  #startAfter(ms: number, member: Member): void {
    const { lives } = member;
    this.#until(ms, () => {
      if (member.lives === lives) member.start();
    });
  }

  #restartLoop(member: Member, times: number, random: Random): string {
    let left = times;
    const again = (): void => {
      if (this.#over || left-- <= 0) return;
      if (member.isUp) member.crash("process", "restart loop");
      member.start();
      this.#world.timeline.after(20 + 800 * random.next(), again);
    };
    again();
    return `${member.id}, ${times} times`;
  }

  #pause(member: Member | null, lastsMs: number): string | null {
    const host = member?.life?.host;
    if (member === null || host === undefined) return null;
    this.#until(lastsMs, host.pause());
    return `${member.id} for ${Math.round(lastsMs)} ms`;
  }

  #stop(member: Member, lastsMs: number): string | null {
    if (member.node === null) return null;
    member.stop(() => this.#startAfter(lastsMs, member));
    return member.id;
  }

  /**
   * The leader's disk hangs, it is cut off with writes under way, and comes back to a successor while they still are:
   * what it wrote is cut from its log before it was ever on disk (bugs 20 and 21).
   */
  #stalledLeader(leader: Member | null, names: readonly string[], random: Random): string | null {
    if (leader === null || names.length < 3) return null;
    const { electionTimeoutMs } = this.#world.mix.raft;
    const cutMs = electionTimeoutMs * (2 + 2 * random.next());
    leader.disk.stall(cutMs + electionTimeoutMs * 3 * random.next());
    return this.#cut(isolated(leader.id, names), cutMs, leader.id);
  }

  #cut(pairs: readonly (readonly [string, string])[], lastsMs: number, what: string): string | null {
    if (pairs.length === 0) return null;
    this.#until(lastsMs, cut(this.#world.links, pairs));
    return `${what} for ${Math.round(lastsMs)} ms`;
  }

  /** `size` nodes on one side, with some of the clients. */
  #split(names: readonly string[], size: number, lastsMs: number, random: Random): string | null {
    if (size === 0 || size >= names.length) return null;
    const some = [...names.slice(0, size), ...this.#clients.filter(() => random.next() < 0.5)];
    const others = [...names, ...this.#clients].filter((name) => !some.includes(name));
    return this.#cut(between(some, others), lastsMs, `${some.join(" ")} | ${others.join(" ")}`);
  }

  #flap(names: readonly string[], lastsMs: number, random: Random): string | null {
    const [one, ...others] = names;
    if (one === undefined || others.length === 0) return null;
    const everyMs = 50 + random.next() * 1_950;
    const ends = this.#world.timeline.now + lastsMs + 4 * everyMs;
    const toggle = (): void => {
      if (this.#over || this.#world.timeline.now > ends) return;
      this.#until(everyMs / 2, cut(this.#world.links, between([one], others)));
      this.#world.timeline.after(everyMs, toggle);
    };
    toggle();
    return `${one} every ${Math.round(everyMs)} ms`;
  }

  #clog(names: readonly string[], lastsMs: number, random: Random): string | null {
    const [from = "", to = ""] = names;
    if (names.length < 2) return null;
    const ms = pick(random, [50, 300, 2_000]);
    this.#until(lastsMs, this.#world.links.clog(from, to, ms));
    return `${from} to ${to} by ${ms} ms`;
  }

  #breakStreams(member: Member, random: Random, how: (connection: Connection) => void): string | null {
    const { connections } = this.#world;
    const some = [...connections].filter(
      ({ client, server }) => (client === member.id || server === member.id) && random.next() < 0.6,
    );
    for (const connection of some) how(connection);
    return some.length === 0 ? null : `${some.length} of ${member.id}`;
  }

  #disturbSnapshot(lastsMs: number, random: Random): string {
    const crash = (member: Member, how: "process" | "power"): void =>
      void this.#crash([member], how, Math.min(lastsMs, 2_000));
    if (random.next() < 0.5) return crashInSnapshot(this.#world, random, crash);
    const timeouts = 2 + 4 * random.next();
    return disturbInstalled(this.#world, random, crash, (member) => {
      const { wanted, links, mix } = this.#world;
      const others = wanted.filter((each) => each !== member).map(({ id }) => id);
      this.#until(mix.raft.electionTimeoutMs * timeouts, cut(links, between([member.id], others)));
    });
  }

  /** A follower is cut off while the log goes on and is cut: only a snapshot helps it then. */
  #outrun(member: Member, leader: Member | null, names: readonly string[], random: Random): string | null {
    if (member === leader || names.length < 3) return null;
    return this.#cut(isolated(member.id, names), 4_000 + 8_000 * random.next(), member.id);
  }

  /** The leader is cut off and takes a change of members into its log, which is cut off in its turn. */
  #doomedChange(leader: Member | null, names: readonly string[], random: Random): string | null {
    if (leader === null || names.length < 3) return null;
    const mend = cut(this.#world.links, isolated(leader.id, names));
    const what = this.#world.operator.changeAt(leader, random);
    if (what === null) {
      mend();
      return null;
    }
    this.#until(this.#world.mix.raft.electionTimeoutMs * (2 + 4 * random.next()), mend);
    return `${what} at ${leader.id}`;
  }

  /**
   * Mostly of one and the same node, so that most clocks stay right. More often than not it is an hour ahead and is to lead
   * right after it, and has heard few clocks since.
   */
  #clockJump(someone: Member, leader: Member | null, lastsMs: number, random: Random): string {
    const before = this.#world.wanted.find(({ clockWasSet }) => clockWasSet);
    const member = before !== undefined && random.next() < 0.7 ? before : someone;
    if (leader === null || member === leader || random.next() < 0.4)
      return setClock(member, lastsMs, random, this.#until);
    const how = random.next();
    if (how < 0.6) {
      const awayMs = Math.max(lastsMs, 4 * this.#world.mix.raft.electionTimeoutMs);
      setClockOfNext(this.#world, before ?? null, lastsMs, random, this.#until);
      return `of whoever stands for election, leader ${this.#crash([leader], "process", awayMs)}`;
    }
    const done = setClock(member, lastsMs, random, this.#until, [3_600_000]);
    if (how < 0.8) return `${done}, leadership ${transfer(this.#world, leader, member)}`;
    return `${done}, leader ${this.#crash([leader], "process", lastsMs)}`;
  }

  #cutClient(names: readonly string[], lastsMs: number, random: Random): string | null {
    if (this.#clients.length === 0) return null;
    const client = pick(random, this.#clients);
    return this.#cut(between([client], names), lastsMs, client);
  }
}
