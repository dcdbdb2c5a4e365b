import type { JobId } from "../../../src/base/brands.ts";
import type { World } from "../cluster/world.ts";
import type { Host } from "../time/host.ts";
import type { Outsider } from "./outsider.ts";
import { Program } from "./program.ts";
import { type SdkLedger, SdkProcess } from "./sdkProcess.ts";

/** A program that uses the SDK, and who supervises it: one process after the other, all under one name. */
export class SdkUser implements Outsider {
  readonly #ledger: SdkLedger = { made: 0, stopped: false };
  #program: Program;
  #process: SdkProcess;

  constructor(world: World, name: string) {
    this.#program = new Program(world, name);
    this.#process = new SdkProcess(this.#program, this.#ledger);
    world.outsiders.add(this);
  }

  get name(): string {
    return this.#program.name;
  }

  get host(): Host {
    return this.#program.host;
  }

  get awaited(): ReadonlySet<JobId> {
    return this.#process.awaited;
  }

  start(): void {
    const program = this.#program;
    program.onGone = () => this.#startAfter(program);
    this.#process.run();
  }

  stop(): void {
    this.#ledger.stopped = true;
    const process = this.#process;
    this.host.run(() => void process.probe());
  }

  kill(): () => void {
    const program = this.#program;
    this.#process.kill();
    return () => this.#startAfter(program);
  }

  /** The first goes on when it wakes, until it is ended; should its cluster be gone by then, nobody starts it anew. */
  supersede(): () => void {
    const [program, process] = [this.#program, this.#process];
    program.onGone = () => undefined;
    this.#startAfter(program);
    return () => process.kill();
  }

  /** Unless somebody has done so already. */
  #startAfter(program: Program): void {
    if (this.#program !== program) return;
    this.#program = new Program(program.world, program.name, program);
    this.#process = new SdkProcess(this.#program, this.#ledger);
    this.start();
  }
}
