import type { Cluster } from "../../../src/client/cluster.ts";
import type { BackupSummary } from "../../../src/disaster/backupFile.ts";
import { verifyBackup } from "../../../src/disaster/backupReader.ts";
import { writeBackup } from "../../../src/disaster/backupWriter.ts";
import type { World } from "../cluster/world.ts";
import { Disk } from "../disk/disk.ts";
import { mount } from "../disk/files.ts";
import type { Host } from "../time/host.ts";
import type { Outsider } from "./outsider.ts";
import { Program } from "./program.ts";

const path = "/archive/today.backup";
const timeoutMs = 5_000;

/**
 * A machine that takes backups, each by a process of its own, as `conclave backup --overwrite` does. It may die of it, and its
 * disk may fail: under the file's name there is a whole backup, the last that was taken, from the first one on.
 */
export class Archive implements Outsider {
  readonly name = "archive";
  readonly #world: World;
  readonly #disk: Disk;
  readonly #random;
  #host: Host | null = null;
  #program: Program | undefined;
  #stopped = false;
  /** The last that was said to be there. */
  #last: BackupSummary | null = null;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random("archive");
    this.#disk = new Disk(world.timeline, world.random("disk/archive"));
    this.#disk.traits = world.mix.disk;
    world.outsiders.add(this);
  }

  get host(): Host | null {
    return this.#host;
  }

  start(): void {
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** The power goes; what is found after it is what a restore may be made of. Null when there is no backup. */
  content(): { readonly text: string; readonly summary: BackupSummary } | null {
    this.stop();
    this.#end("power");
    const text = this.#disk.files.read(path);
    if (text === null) {
      if (this.#last !== null) this.#world.fail("a backup that was taken is gone");
      return null;
    }
    let summary: BackupSummary | null = null;
    const { host } = this.#process();
    host.run(() => {
      verifyBackup(path).then(
        (whole) => {
          summary = whole;
        },
        (error: unknown) => this.#world.fail("a backup that has its name is not whole", error),
      );
    });
    this.#end("process");
    return summary === null ? null : this.#checked(text, summary);
  }

  /** One that was cut off may have got its name without a word. */
  #checked(text: string, summary: BackupSummary) {
    if (this.#last !== null && summary.digest !== this.#last.digest && summary.index < this.#last.index)
      this.#world.fail(`the backup of entry ${this.#last.index} gave way to one of entry ${summary.index}`);
    return { text, summary };
  }

  #process(): Program {
    const program = new Program(this.#world, this.name, this.#program);
    this.#program = program;
    mount(program.host, this.#disk);
    this.#host = program.host;
    return program;
  }

  #end(how: "process" | "power"): void {
    this.#host?.kill();
    this.#host = null;
    this.#disk.mend();
    this.#disk.crash(how);
  }

  #later(): void {
    this.#world.timeline.after(500 + 8_000 * this.#random.next(), () => {
      if (!this.#stopped) this.#take();
    });
  }

  #take(): void {
    const { timeline, coverage } = this.#world;
    const program = this.#process();
    const { host } = program;
    if (this.#random.next() < 0.1) this.#disk.fail(this.#random.next() < 0.5 ? "EIO" : "ENOSPC");
    program.run((cluster) => {
      this.#back(cluster).then(
        () => this.#done(host),
        (error: unknown) => {
          coverage.count("backup refused", program.refused(error));
          this.#done(host);
        },
      );
    });
    if (this.#random.next() < 0.7) return;
    timeline.after(this.#random.next() * 200, () => {
      if (this.#host !== host || this.#stopped) return;
      coverage.count("backup", "cut off");
      this.#end(this.#random.next() < 0.5 ? "process" : "power");
      this.#later();
    });
  }

  #done(host: Host): void {
    if (this.#host !== host) return;
    this.#end("process");
    this.#later();
  }

  /** R12: everything that was committed when it began is in it. */
  async #back(cluster: Cluster): Promise<void> {
    const { raftChecker, coverage, timeline } = this.#world;
    const covers = raftChecker.committed.length;
    const begun = timeline.now;
    const parts = cluster.backup({ timeout: timeoutMs }).parts();
    const summary = await writeBackup(path, parts, { overwrite: true });
    this.#last = summary;
    coverage.count("backup", "taken");
    this.#world.note(this.name, `has a backup of entry ${summary.index}, begun at ${Math.round(begun)}`);
    if (summary.index < covers)
      this.#world.fail(`R12: a backup through ${summary.index}, and ${covers} were committed when it began`);
  }
}
