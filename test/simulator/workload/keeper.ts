import type { Cluster } from "../../../src/client/cluster.ts";
import type { World } from "../cluster/world.ts";
import type { Host } from "../time/host.ts";
import type { Outsider } from "./outsider.ts";
import { Program } from "./program.ts";

/** An operator who does something by the SDK again and again, until he is stopped. */
export abstract class Keeper implements Outsider {
  protected program: Program;
  protected stopped = false;

  constructor(world: World, name: string) {
    this.program = new Program(world, name);
    world.outsiders.add(this);
  }

  get host(): Host {
    return this.program.host;
  }

  get name(): string {
    return this.program.name;
  }

  start(): void {
    const { world, name } = this.program;
    this.program.onGone = () => {
      this.program = new Program(world, name, this.program);
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
