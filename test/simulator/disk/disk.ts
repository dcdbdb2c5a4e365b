import { ConclaveError } from "../../../src/base/errors.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Host } from "../time/host.ts";
import type { Timeline } from "../time/timeline.ts";
import { FileTree } from "./fileTree.ts";
import { type Operation, StoreModel, withBitTurned } from "./storeModel.ts";

export interface DiskTraits {
  /** A synced write takes 0.1..typicalMs, and with the chance `slow` up to slowMs more. */
  readonly typicalMs: number;
  readonly slow: number;
  readonly slowMs: number;
  /** A read takes up to this. */
  readonly readMs: number;
}

/** Of the next write to the database at `path` one bit is turned over, and nobody is told. */
export interface SilentDamage {
  readonly path: string;
  readonly random: Random;
  readonly mayHit: (key: string) => boolean;
  readonly onHit: () => void;
}

export const calmDisk: DiskTraits = { typicalMs: 2, slow: 0, slowMs: 0, readMs: 0.2 };

/** `power`: what was not synced is at chance's mercy; `process`: the system keeps what it was given. */
export type CrashKind = "power" | "process";

/** One machine's disk: it outlives the processes that use it. */
export class Disk {
  traits: DiskTraits = calmDisk;
  files = new FileTree();
  /** Told of each synced batch of the database that is at `path` then: the checkers' own truth of what is durable. */
  onSynced: (path: string, operations: readonly Operation[]) => void = () => undefined;
  readonly #timeline: Timeline;
  readonly #random: Random;
  #stalledUntil = 0;
  #stalled: (() => void)[] = [];
  #failure: "EIO" | "ENOSPC" | null = null;
  #hasFailed = false;
  #damage: SilentDamage | null = null;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  get random(): Random {
    return this.#random;
  }

  get isEmpty(): boolean {
    return this.files.isEmpty;
  }

  /** Throws what LevelDB would when the database is not there. */
  store(path: string, create: boolean): StoreModel {
    const known = this.files.store(path);
    if (known !== null) {
      known.opens += 1;
      return known;
    }
    if (!create)
      throw new ConclaveError("DATA_CORRUPT", `${path}: the database, or its file CURRENT, is gone`);
    const store: StoreModel = new StoreModel((operations) => this.#tellSynced(store, operations));
    this.files.makeStore(path, store);
    return store;
  }

  damageNextWrite(damage: SilentDamage): void {
    this.#damage = damage;
  }

  /** What comes to the platter of what `store` was given. */
  asWritten(store: StoreModel, operations: readonly Operation[]): readonly Operation[] {
    const damage = this.#damage;
    if (damage === null || this.files.store(damage.path) !== store) return operations;
    const { random, mayHit, onHit } = damage;
    const fitting = operations.flatMap((each) =>
      each.type === "put" && each.value.length > 0 && mayHit(each.key) ? [each] : [],
    );
    const hit = fitting[random.below(Math.max(1, fitting.length))];
    if (hit === undefined) return operations;
    this.#damage = null;
    onHit();
    return operations.map((each) =>
      each === hit ? { ...hit, value: withBitTurned(hit.value, random) } : each,
    );
  }

  /** From now on it holds what another machine's does, from which no process reads or writes. */
  takeFrom(other: Disk): void {
    this.files = other.files.copy((store) => {
      const copy: StoreModel = store.copy((operations) => this.#tellSynced(copy, operations));
      return copy;
    });
  }

  /** What it holds at this moment; may be put back once, while no process uses it. */
  copy(): () => void {
    const files = this.files.copy((store) => {
      const copy: StoreModel = store.copy((operations) => this.#tellSynced(copy, operations));
      return copy;
    });
    return () => {
      this.files = files;
    };
  }

  #tellSynced(store: StoreModel, operations: readonly Operation[]): void {
    const now = this.files.placeOf(store);
    if (now !== null) this.onSynced(now, operations);
  }

  /** A write that need not be synced: what the system was given. */
  write(host: Host, done: () => void): void {
    this.#timeline.after(0.02 + 0.05 * this.#random.next(), () => host.run(done));
  }

  /** Carries out a synced write for `host`: `done` runs there once it is on disk, or with the disk's error. */
  sync(host: Host, apply: () => void, done: (error: Error | null) => void): void {
    const { typicalMs, slow, slowMs } = this.traits;
    const random = this.#random;
    const extra = random.next() < slow ? slowMs * random.next() : 0;
    const finish = (): void => {
      if (!host.alive) return;
      if (this.#timeline.now < this.#stalledUntil) {
        this.#stalled.push(finish);
        return;
      }
      const failure = this.#failure;
      if (failure !== null) {
        this.#hasFailed = true;
        // Nobody can know whether it is there.
        if (random.next() < 0.5) apply();
        const said = failure === "EIO" ? "Input/output error" : "No space left on device";
        const error = Object.assign(new Error(`IO error: ${said}`), { code: failure });
        host.run(() => done(error));
        return;
      }
      apply();
      host.run(() => done(null));
    };
    this.#timeline.after(0.1 + typicalMs * random.next() + extra, finish);
  }

  read(host: Host, done: () => void): void {
    this.#timeline.after(this.traits.readMs * this.#random.next(), () => host.run(done));
  }

  /** Nothing gets done before then. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#timeline.now + ms);
    this.#timeline.at(this.#stalledUntil, () => this.#goOn());
  }

  /** Writes fail from now on. */
  fail(how: "EIO" | "ENOSPC"): void {
    this.#failure = how;
  }

  /** A write failed since the process that uses it began. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  mend(): void {
    this.#failure = null;
    this.#stalledUntil = 0;
    this.#goOn();
  }

  /** The process that used it is gone. */
  crash(kind: CrashKind): void {
    this.#hasFailed = false;
    // Databases that a power loss brings back or takes away have crashed as well.
    const before = this.files.stores().map(([, store]) => store);
    if (kind === "power") this.files.powerLoss(this.#random);
    for (const store of new Set([...before, ...this.files.stores().map(([, each]) => each)]))
      store.crash(this.#random, kind);
  }

  #goOn(): void {
    if (this.#timeline.now < this.#stalledUntil) return;
    const stalled = this.#stalled;
    this.#stalled = [];
    for (const finish of stalled) finish();
  }

  wipe(): void {
    this.files.clear();
  }
}
