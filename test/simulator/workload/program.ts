import { ConclaveError } from "../../../src/base/errors.ts";
import { Cluster } from "../../../src/client/cluster.ts";
import type { World } from "../cluster/world.ts";
import { connectVia } from "../network/channel.ts";
import { SkewedClock } from "../time/clock.ts";
import { Host } from "../time/host.ts";

/** Who supervises it starts it anew. */
const restartMs = 500;

/** A program on a machine of its own that uses the SDK. */
export class Program {
  readonly name: string;
  readonly world: World;
  readonly host: Host;
  /** Told, once the SDK has said that the cluster is gone: only another process helps. */
  onGone: () => void = () => undefined;
  /** Its number among those that ran under this name. */
  readonly life: number;
  readonly clock: SkewedClock;
  #isGone = false;

  /** `before`: the last one on this machine under this name. */
  constructor(world: World, name: string, before?: Program) {
    this.world = world;
    this.name = name;
    this.life = (before?.life ?? 0) + 1;
    const drift = (world.random(`clock/${name}`).next() - 0.5) * 2 * world.mix.drift;
    this.clock =
      before?.clock ?? new SkewedClock(() => world.timeline.now, 1 + drift, 5_000, world.wallStart);
    this.host = new Host({
      name,
      timeline: world.timeline,
      clock: this.clock,
      // What it draws is another process's: the number of its session above all.
      random: world.random(this.life === 1 ? `client/${name}` : `client/${name}/${this.life}`),
      turnMs: 0,
      lookCostMs: 0,
      onUncaught: (error) => world.fail(`${name}: an error that nobody caught`, error),
    });
  }

  run(main: (cluster: Cluster) => void): void {
    connectVia(this.host, this.world, this.name);
    const seeds = this.world.members.map(({ id }) => id);
    this.world.acquaintances.started(this.name, seeds);
    this.host.run(() => {
      const endpoints = seeds.map((id) => `${id}:7400`);
      main(new Cluster(endpoints, undefined));
    });
  }

  #end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    const { world, name } = this;
    world.coverage.count("sdk", "its cluster is gone");
    world.note(name, "is told that its cluster is gone, and ends");
    world.timeline.after(restartMs, () => {
      // Whoever killed it meanwhile has started another.
      if (!this.host.alive) return;
      this.host.kill();
      this.onGone();
    });
  }

  /** Counts what the SDK threw, and returns its code; what it must not throw ends the run. */
  refused(error: unknown): string {
    const { coverage } = this.world;
    if (!(error instanceof ConclaveError)) {
      this.world.fail(`${this.name}: the SDK throws what is no ConclaveError`, error);
      return "";
    }
    coverage.count("sdk refused", error.code);
    if (error.code === "INVALID_ARGUMENT") this.world.fail(`${this.name} asks for what is refused`, error);
    if (error.code === "INTERNAL") this.world.fail(`${this.name}: the SDK reports a bug`, error);
    if (error.code === "IDENTITY_MISMATCH" && error.message.includes("is gone")) this.#end();
    return error.code;
  }
}
