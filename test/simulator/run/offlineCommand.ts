import { ConclaveError } from "../../../src/base/errors.ts";
import type { OpenStore } from "../../../src/storage/keyValueStore.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import { mount } from "../disk/files.ts";
import { openStoreOf } from "../disk/store.ts";
import { failNext } from "../faults/failOnce.ts";
import { Host } from "../time/host.ts";
import { pick } from "./mix.ts";

/** However often it is cut off. */
const mostMs = 120_000;

/** So it is said, or that the file to be read cannot be, and why. */
function isOfDisk(error: unknown): boolean {
  if (!(error instanceof ConclaveError)) return false;
  const { code, cause } = error;
  const isUnreadable = code === "CONFIG_INVALID" && cause instanceof Error && "code" in cause;
  return code === "DISK_FAILED" || (isUnreadable && cause.code === "EIO");
}

/** A command on one node's data directory, which its operator begins again, whatever cuts it off, until it says that it is done. */
export class OfflineCommand<Report> {
  readonly #world: World;
  readonly #member: Member;
  readonly #name: string;
  readonly #work: (openStore: OpenStore) => Promise<Report>;
  readonly #chance: string;
  readonly #random;
  #cutOffs: number;
  #attempts = 0;
  #report: Report | null = null;

  /** `name`: what coverage calls it, and its chance is drawn by. */
  constructor(
    world: World,
    member: Member,
    name: string,
    work: (openStore: OpenStore) => Promise<Report>,
    chance: string = name,
  ) {
    this.#world = world;
    this.#member = member;
    this.#name = name;
    this.#work = work;
    this.#chance = chance;
    this.#random = world.random(chance);
    this.#cutOffs = this.#random.below(4);
  }

  /** Null when it fails. */
  carryOut(): Report | null {
    const { timeline } = this.#world;
    this.#attempt();
    timeline.runUntil(timeline.now + mostMs, () => this.#world.failure !== null || this.#report !== null);
    if (this.#report === null)
      this.#world.fail(`the ${this.#name} of ${this.#member.id} does not come to an end`);
    return this.#world.failure === null ? this.#report : null;
  }

  #attempt(): void {
    const { timeline, coverage, mix } = this.#world;
    const { id, disk, clock } = this.#member;
    const number = ++this.#attempts;
    const host = new Host({
      name: `${id}#${this.#name}${number}`,
      timeline,
      clock,
      random: this.#world.random(`${this.#chance}/${number}`),
      turnMs: mix.turnMs,
      lookCostMs: mix.lookCostMs,
      onUncaught: (error) =>
        this.#world.fail(`the ${this.#name} of ${id}: an error that nobody caught`, error),
    });
    mount(host, disk);
    host.run(() => void this.#run(host));
    if (this.#cutOffs-- <= 0) return;
    timeline.after(this.#random.next() * pick(this.#random, [4, 15, 60, 300]), () => {
      if (this.#report !== null || number !== this.#attempts || !host.alive) return;
      coverage.count(this.#name, "cut off");
      const how = this.#random.next() < 0.5 ? "process" : "power";
      host.kill();
      disk.crash(how);
      // A write of the next attempt fails, or all do; the command says so, and the disk is mended.
      const dice = this.#random.next();
      if (dice < 0.2) disk.fail(this.#random.next() < 0.5 ? "EIO" : "ENOSPC");
      else if (dice < 0.5) failNext(disk, pick(this.#random, ["write", "sync", "writeFile"]), this.#random);
      this.#attempt();
    });
  }

  async #run(host: Host): Promise<void> {
    const { id, disk } = this.#member;
    try {
      this.#report = await this.#work(openStoreOf(host, disk));
      this.#world.coverage.count(this.#name, "done");
      disk.mend();
    } catch (error) {
      if (!disk.hasFailed) return this.#world.fail(`the ${this.#name} of ${id} is refused`, error);
      if (!isOfDisk(error))
        return this.#world.fail(`the ${this.#name} of ${id} takes a failing disk for something else`, error);
      this.#world.coverage.count(this.#name, "failed with its disk");
      host.kill();
      disk.mend();
      disk.crash("process");
      this.#world.timeline.after(200, () => this.#attempt());
    }
  }
}
