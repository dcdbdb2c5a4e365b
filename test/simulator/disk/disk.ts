import { ConclaveError } from "../../../src/base/errors.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Host } from "../time/host.ts";
import { Overlay } from "../time/overlay.ts";
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

/** One operation fails, and those after it are served again. */
export interface SingleFailure {
  readonly kind: Kind;
  /** Of the database or file that it is asked for. */
  readonly at: (path: string) => boolean;
  readonly how: DiskFailure;
}

export const calmDisk: DiskTraits = { typicalMs: 2, slow: 0, slowMs: 0, readMs: 0.2 };

/** What is asked of a disk, in words, and whether it takes room. The last three are of files, the others of databases. */
const operations = {
  read: { name: "a read", takesRoom: false },
  write: { name: "an unsynced write", takesRoom: true },
  sync: { name: "a synced write", takesRoom: true },
  readFile: { name: "a read of a file", takesRoom: false },
  writeFile: { name: "a write to a file", takesRoom: true },
  removeFile: { name: "a removal of a file", takesRoom: false },
} as const;

export type Kind = keyof typeof operations;
export type FileKind = "readFile" | "writeFile" | "removeFile";

/** What is done without when it cannot be read. */
const hints = /\/addresses\.json$/;

/** Of a failing disk so many operations are served all the same: the system has it in memory, or takes it in there. */
const servedByMemory = 0.3;

/** As the system names and tells it. */
export type DiskFailure = "EIO" | "ENOSPC";

/** What a process asks of it. */
export interface Asked<Of extends Kind = Kind> {
  readonly host: Host;
  readonly kind: Of;
  /** Of the database or file. */
  readonly path: string;
}

/** `power`: what was not synced is at chance's mercy; `process`: the system keeps what it was given. */
export type CrashKind = "power" | "process";

/** One machine's disk: it outlives the processes that use it. */
export class Disk {
  files = new FileTree();
  /** Told of each synced batch of the database that is at `path` then: the checkers' own truth of what is durable. */
  onSynced: (path: string, operations: readonly Operation[]) => void = () => undefined;
  /** Told in words of each operation that the disk did not get to for now. */
  onHung: (what: string) => void = () => undefined;
  /** And of each that it failed; `mustEnd`: that process may not go on after that. */
  onFailed: (what: string, mustEnd: Host | null) => void = () => undefined;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #traits = new Overlay(calmDisk);
  #stalledUntil = 0;
  #stalled: (() => void)[] = [];
  #failure: DiskFailure | null = null;
  #failsOnlyReads = false;
  #hasFailed = false;
  #single: SingleFailure | null = null;
  #damage: SilentDamage | null = null;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  get isEmpty(): boolean {
    return this.files.isEmpty;
  }

  get traits(): DiskTraits {
    return this.#traits.value;
  }

  /** What it is like while no fault slows it down. */
  set traits(traits: DiskTraits) {
    this.#traits.base = traits;
  }

  /** Returns how to end it. */
  slowDown(traits: Pick<DiskTraits, "slow" | "slowMs">): () => void {
    return this.#traits.lay({ ...this.#traits.base, ...traits });
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
  write(host: Host, path: string, done: (failure: DiskFailure | null) => void): void {
    this.#carryOut({ host, kind: "write", path }, 0.02 + 0.05 * this.#random.next(), done);
  }

  /** Carries out a synced write for `host`: `done` runs there once it is on disk, or with the disk's failure. */
  sync(host: Host, path: string, apply: () => void, done: (failure: DiskFailure | null) => void): void {
    const { typicalMs, slow, slowMs } = this.traits;
    const random = this.#random;
    const extra = random.next() < slow ? slowMs * random.next() : 0;
    this.#carryOut({ host, kind: "sync", path }, 0.1 + typicalMs * random.next() + extra, done, (failure) => {
      // Nobody can know whether a failed one is there.
      if (failure === null || random.next() < 0.5) apply();
    });
  }

  read(host: Host, path: string, done: (failure: DiskFailure | null) => void): void {
    this.#carryOut({ host, kind: "read", path }, this.traits.readMs * this.#random.next(), done);
  }

  /** Neither fails nor hangs: what is asked of files is done at once. */
  isWellFor(kind: FileKind, path: string): boolean {
    const isBroken = this.#failure !== null || this.#hits(kind, path);
    return !isBroken && this.#timeline.now >= this.#stalledUntil;
  }

  /** Of a disk that is not well for it: `chance` decides how much of what failed is done all the same. */
  attend(asked: Asked<FileKind>, done: (failure: DiskFailure | null, chance: number) => void): void {
    this.#carryOut(asked, 0.02, (failure) => done(failure, failure === null ? 1 : this.#random.next()));
  }

  #carryOut(
    { host, kind, path }: Asked,
    ms: number,
    done: (failure: DiskFailure | null) => void,
    before?: (failure: DiskFailure | null) => void,
  ): void {
    const finish = (): void => {
      if (!host.alive) return;
      if (this.#timeline.now < this.#stalledUntil) {
        this.onHung(operations[kind].name);
        this.#stalled.push(finish);
        return;
      }
      const failure = this.#failureOf({ host, kind, path });
      before?.(failure);
      host.run(() => done(failure));
    };
    this.#timeline.after(ms, finish);
  }

  #failureOf({ host, kind, path }: Asked): DiskFailure | null {
    const failure = this.#hits(kind, path) ? this.#single?.how : this.#lastingFailureOf(kind);
    if (failure === null || failure === undefined) return null;
    const isSingle = this.#hits(kind, path);
    if (isSingle) this.#single = null;
    this.#hasFailed = true;
    // After a failed synced write nothing is promised any more. Of what files say some is done without, and what becomes of
    // the rest of a broken disk is not certain.
    const mustEnd = kind === "read" || kind === "write" || (kind === "readFile" && !hints.test(path));
    this.onFailed(
      isSingle ? `${operations[kind].name}, and no other,` : operations[kind].name,
      mustEnd ? host : null,
    );
    return failure;
  }

  #lastingFailureOf(kind: Kind): DiskFailure | null {
    const failure = this.#failure;
    if (failure === "ENOSPC" && !operations[kind].takesRoom) return null;
    if (this.#failsOnlyReads && kind !== "read") return null;
    return kind !== "sync" && this.#random.next() < servedByMemory ? null : failure;
  }

  #hits(kind: Kind, path: string): boolean {
    return this.#single !== null && this.#single.kind === kind && this.#single.at(path);
  }

  /** Nothing gets done before then. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#timeline.now + ms);
    this.#timeline.at(this.#stalledUntil, () => this.#goOn());
  }

  /** Until it is mended writes fail, and reads as well where it is broken (EIO) and not only full; or only reads of databases. */
  fail(how: DiskFailure, onlyReads = false): void {
    this.#failsOnlyReads = onlyReads && (this.#failure === null || this.#failsOnlyReads);
    // One that is broken does not become whole by being full.
    this.#failure = this.#failure ?? how;
    if (how === "EIO") this.#failure = how;
  }

  /** The next such operation fails, unless the disk is mended before; those after it do not. */
  failOnce(single: SingleFailure): void {
    this.#single = single;
  }

  /** It failed an operation since the process that uses it began. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  mend(): void {
    this.#failure = null;
    this.#single = null;
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
