import { MonotonicMs, type NodeId } from "../../../src/base/brands.ts";
import type { LeaderDuties } from "../../../src/duties/leaderDuties.ts";
import type { ClusterNode } from "../../../src/node/node.ts";
import type { Identity } from "../../../src/node/ports.ts";
import type { RaftStatus } from "../../../src/raft/index.ts";
import type { DataDirectory } from "../../../src/storage/dataDirectory.ts";
import { Disk } from "../disk/disk.ts";
import { mount } from "../disk/files.ts";
import type { SimApi } from "../network/api.ts";
import { settle } from "../network/places.ts";
import { SkewedClock } from "../time/clock.ts";
import { Host } from "../time/host.ts";
import { boot, peerAddressOf } from "./boot.ts";
import type { ObservedMachine, ObservedRaft } from "./observed.ts";
import { type Release, releases } from "./releases.ts";
import type { World } from "./world.ts";

/** One run of the node's process. */
export interface Life {
  readonly number: number;
  readonly host: Host;
  /** Whose directory it was given. */
  readonly mounted: Member;
  readonly release: Release;
  /** Fires when it is told to stop. */
  readonly stopping: AbortSignal;
  /** Its directory belongs to a cluster of its own making: to the one that is looked at it is nobody. */
  isStranger: boolean;
  /** Null until the disk was read. */
  running: {
    readonly node: ClusterNode;
    readonly raft: ObservedRaft;
    readonly machine: ObservedMachine;
    readonly data: DataDirectory;
    readonly api: SimApi;
    /** Null in runs without. */
    readonly duties: LeaderDuties | null;
  } | null;
}

/** As src/main.ts waits for what is under way. */
const drainMs = 2_000;

/** How its operator starts it. */
export type Start = "plain" | "join" | "rejoin";

/** After its disk has failed; what it has under way may hang meanwhile. */
const endsWithinMs = 20_000;

/** One machine of the cluster: its disk and clock stay while processes come and go. */
export class Member {
  readonly id: NodeId;
  readonly disk: Disk;
  readonly clock: SkewedClock;
  readonly #world: World;
  #life: Life | null = null;
  #stopping = new AbortController();
  /** Of a process that is paused the signal is only heard later. */
  #toldToStop: Life | null = null;
  #lives = 0;
  /** True time of its last start. */
  startedAt = Number.NEGATIVE_INFINITY;
  startsBy: Start = "plain";
  /** What its operator wants: `either` while a call to remove it may have taken effect. */
  intent: "member" | "either" | "gone" = "member";
  /** Of a minority that does without being mended for the moment: whoever starts it, it does not come back. */
  isAway = false;
  /** Power is on: its operating system answers. */
  machineUp = true;
  /** Its data was destroyed, and no other has been taken in in its place: it must not take part. */
  lost: string | null = null;
  /** Whose directory its processes find; its own, but for mistakes. */
  mounted: Member = this;
  /** What its next process runs. */
  release: Release = releases.present;
  /** When it last ran one that shares no format with the others. */
  farUntil = Number.NEGATIVE_INFINITY;
  /** When it last ran the next one. */
  nextUntil = Number.NEGATIVE_INFINITY;
  /**
   * Its directory is an older copy: entries through `through` were acknowledged to that life of a leader, and are not all
   * here. Null when it was noticed, or does not matter any more.
   */
  forgot: {
    readonly through: number;
    readonly leader: Member;
    readonly life: number;
    readonly term: number;
  } | null = null;
  /** Counts how often the data was thrown away. */
  wipes = 0;
  /** It was ever touched so that others may rightly turn it away. */
  wasTouched = false;
  /** What it has fetched of a snapshot was damaged. */
  hasDamagedStaging = false;
  /** Where its process looks for others, as its operator has told it. */
  asks: readonly string[] = [];
  /** When all founders had met its directory, or the cluster had taken it in; null before. */
  settledAt: number | null = null;
  /** At some time its clocks ran slower than those of clients can do. */
  clockRanSlow = false;
  /** Its wall clock was set to something else than the truth, now or at some time. */
  clockWasSet = false;

  constructor(world: World, id: NodeId) {
    this.#world = world;
    this.id = id;
    this.disk = new Disk(world.timeline, world.random(`disk/${id}`));
    this.disk.traits = world.mix.disk;
    this.disk.onHung = (what) => world.coverage.count("disk", `${what} hung`);
    this.disk.onFailed = (what, mustEnd) => {
      world.coverage.count("disk", `${what} failed`);
      if (mustEnd !== null && this.#life?.host === mustEnd) this.#mustEnd(what);
    };
    const chance = world.random(`clock/${id}`);
    const rate = 1 + (chance.next() - 0.5) * 2 * world.mix.drift;
    const skew = (chance.next() - 0.5) * 2 * world.mix.skewMs;
    this.clock = new SkewedClock(
      () => world.timeline.now,
      rate,
      1_000 + chance.below(1e6),
      world.wallStart + world.timeline.now + skew,
    );
  }

  get root(): string {
    return `/sim/${this.id}`;
  }

  /** Whatever becomes of its process or its machine now: a directory that does not yet say whose it is may be taken by anybody. */
  get hasIdentity(): boolean {
    return this.disk.files.keeps(`${this.root}/identity.json`);
  }

  get clientAddress(): string {
    return `${this.id}:7400`;
  }

  get peerAddress(): string {
    return peerAddressOf(this.id);
  }

  /** Where others listen, by what its operator has written down. */
  get otherAddresses(): readonly string[] {
    const others = this.#world.members.filter((each) => each !== this && each.intent !== "gone");
    return others.map(({ peerAddress }) => peerAddress);
  }

  get life(): Life | null {
    return this.#life;
  }

  get lives(): number {
    return this.#lives;
  }

  /** Null also when it is another cluster's. */
  get node(): ClusterNode | null {
    return this.isStranger ? null : (this.#life?.running?.node ?? null);
  }

  get isStranger(): boolean {
    return this.#life?.isStranger === true;
  }

  get isUp(): boolean {
    return this.#life !== null;
  }

  status(): RaftStatus | null {
    const life = this.isStranger ? null : this.#life;
    return life?.running?.raft.status(MonotonicMs(life.host.monotonicMs())) ?? null;
  }

  get isSettled(): boolean {
    return this.settledAt !== null;
  }

  get leads(): boolean {
    return this.status()?.role === "leader";
  }

  start(): void {
    if (this.#life !== null || this.intent === "gone" || this.isAway) return;
    this.machineUp = true;
    this.startedAt = this.#world.timeline.now;
    const world = this.#world;
    const number = ++this.#lives;
    const host = new Host({
      name: `${this.id}#${number}`,
      timeline: world.timeline,
      clock: this.clock,
      random: world.random(`host/${this.id}/${number}`),
      turnMs: world.mix.turnMs,
      lookCostMs: world.mix.lookCostMs,
      onUncaught: (error) => world.fail(`${this.id}: an error that nobody caught`, error),
    });
    mount(host, this.mounted.disk);
    settle(host, { world, name: this.id });
    this.#stopping = new AbortController();
    const { mounted, release } = this;
    const stopping = this.#stopping.signal;
    const life: Life = { number, host, mounted, release, isStranger: false, running: null, stopping };
    this.#life = life;
    const how = this.startsBy;
    const particulars = [how === "plain" ? "" : how, release === releases.present ? "" : release.version];
    world.note(this.id, `starts, life ${number} ${particulars.filter((each) => each !== "").join(", ")}`);
    const join = how === "plain" ? [] : this.otherAddresses;
    this.asks = [...join, ...world.founders.map(peerAddressOf)];
    // In a turn of its own: whoever starts it may be a process itself.
    const run = (): void => {
      boot({ world, member: this, life, join, rejoin: how === "rejoin" }).catch((error: unknown) =>
        this.onFatal(life, error),
      );
    };
    world.timeline.after(0, () => host.run(run));
  }

  /** The process ends between two of its turns: kill -9, or the power goes. */
  crash(kind: "process" | "power", why: string): void {
    const life = this.#life;
    if (life === null) return;
    this.#world.note(this.id, `${kind === "power" ? "loses power" : "is killed"}: ${why}`);
    this.#end(life, kind);
  }

  /** As the command line stops a node: leadership is handed over, then everything is closed. Told twice it does so once. */
  stop(onStopped: () => void): void {
    const life = this.#life;
    const running = life?.running;
    if (life === null || running === null || running === undefined) return;
    this.#world.note(this.id, "is told to stop");
    if (this.#toldToStop === life) return;
    this.#toldToStop = life;
    const stopping = async (): Promise<void> => {
      this.#stopping.abort();
      // They end before another node can begin with them.
      await running.duties?.close(drainMs);
      await running.node.handOver();
      running.api.close();
      await running.node.stop();
      await running.data.close();
    };
    life.host.run(() => {
      stopping().then(
        () => {
          if (this.#life !== life) return;
          this.#world.coverage.count("fault", "stopped");
          this.#world.note(this.id, "has stopped");
          this.#end(life, "process");
          onStopped();
        },
        (error: unknown) => this.onFatal(life, error),
      );
    });
  }

  /** Its directory is removed, and everything in it. */
  wipe(): void {
    if (this.isUp) this.crash("power", "its data is wiped");
    this.disk.wipe();
    this.wipes += 1;
    this.forgot = null;
    this.wasTouched = true;
    this.settledAt = null;
    this.#world.raftChecker.onLost(this.id);
  }

  /** The cluster has taken this directory in. */
  onTakenIn({ joining }: Identity): void {
    const how = this.lost === null ? "fresh" : joining?.replaces === "" ? "rejoined" : "repaired";
    this.#world.coverage.count("join", `taken in, ${how}`);
    this.#world.note(this.id, `is taken in (${how})`);
    this.lost = null;
    this.settledAt = this.#world.timeline.now;
  }

  onFounded(): void {
    this.#world.coverage.count("join", "founded");
    this.settledAt = this.#world.timeline.now;
  }

  onFatal(life: Life, error: unknown): void {
    if (this.#life !== life) return;
    this.#world.note(this.id, `ends itself: ${error instanceof Error ? error.message : String(error)}`);
    const diskHasFailed = life.mounted.disk.hasFailed;
    const isJoining = (life.running?.data.identity.joining ?? null) !== null;
    this.#end(life, "process");
    this.#world.onFatal(this, error, diskHasFailed, isJoining);
  }

  /** Its process neither leads nor follows with what it could not read or write. */
  #mustEnd(what: string): void {
    const life = this.#life;
    if (life?.mounted !== this) return;
    const look = (): void => {
      if (this.#life !== life) return;
      if (life.host.paused) this.#world.timeline.after(endsWithinMs, look);
      else this.#world.fail(`${this.id} goes on, though ${what} has failed`);
    };
    this.#world.timeline.after(endsWithinMs, look);
  }

  #end(life: Life, kind: "process" | "power"): void {
    this.machineUp = kind === "process";
    life.host.kill();
    if (life.mounted === this) this.disk.crash(kind);
    this.#life = null;
  }
}
