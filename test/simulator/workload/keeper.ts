import type { Cluster } from "../../../src/client/cluster.ts";
import type { World } from "../cluster/world.ts";
import { Program } from "./program.ts";

/** An operator who does something by the SDK again and again, until he is stopped. */
export abstract class Keeper {
  protected program: Program;
  protected stopped = false;

  constructor(world: World, name: string) {
    this.program = new Program(world, name);
  }

  get name(): string {
    return this.program.name;
  }

  start(): void {
    const { world, name } = this.program;
    this.program.onGone = () => {
      this.program = new Program(world, name);
      this.start();
    };
    this.program.run((cluster) => void this.keep(cluster));
  }

  stop(): void {
    this.stopped = true;
  }

  /** All that he does; goes on until `stopped`. */
  protected abstract keep(cluster: Cluster): Promise<void>;
}
