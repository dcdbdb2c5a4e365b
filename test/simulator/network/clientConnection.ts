import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { Life, Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import type { Host } from "../time/host.ts";

/** As src/api/grpc/clientApi.ts sets gRPC's own on the server's end: after silence a ping, and so long for its answer. */
const serverKeepaliveMs = 10_000;
const serverKeepaliveTimeoutMs = 5_000;
/** How often the simulated server looks. */
const lookEveryMs = 2_500;

/** A call on a connection: how each end hears that the connection is gone. */
export interface OpenCall {
  readonly client: (end: StatusObject) => void;
  /** Run as the node's process. Calls with one answer go on there: nothing can be taken back. */
  readonly server: () => void;
}

/** A program's connection to one life of a node, with all calls on it: the two ends may hear of its end at different times. */
export class ClientConnection {
  readonly client: Host;
  readonly from: string;
  readonly life: Life;
  readonly calls = new Set<OpenCall>();
  readonly #world: World;
  readonly #member: Member;
  readonly #onLost: () => void;
  readonly #unwatch: readonly (() => void)[];
  #isClientOpen = true;
  #isServerOpen = true;
  #isForgotten = false;
  #isBroken = false;
  #silentMs = 0;

  /** `onLost` is told once, as the program, when its end is gone. */
  constructor(
    world: World,
    ends: { readonly client: Host; readonly from: string; readonly member: Member; readonly life: Life },
    onLost: () => void,
  ) {
    this.#world = world;
    this.client = ends.client;
    this.from = ends.from;
    this.life = ends.life;
    this.#member = ends.member;
    this.#onLost = onLost;
    world.clientConnections.add(this);
    this.#unwatch = [
      ends.life.host.whenKilled(() => {
        // A machine that lost its power says nothing: the pings will tell.
        world.timeline.after(world.links.latencyMs(), () => {
          if (this.#member.machineUp) this.#tellClient("connection reset");
        });
      }),
      // Its system ends the connection for it.
      ends.client.whenKilled(() => {
        this.#isClientOpen = false;
        this.#there(() => this.loseServer());
        this.#settle();
      }),
    ];
    this.#keepServer();
  }

  /** Nothing that was sent arrives any more: it broke, or is cut without a word. */
  get isDead(): boolean {
    return this.#isBroken || this.#isForgotten;
  }

  /** Both ends are told, and what was on its way is lost. */
  reset(): void {
    this.#isBroken = true;
    this.#world.timeline.after(this.#world.links.latencyMs(), () => {
      this.client.run(() => this.loseClient(unavailable("connection reset")));
      this.loseServer();
    });
  }

  /** A box on the way forgets it, and tells nobody: the pings of each end find out by themselves. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** Run as the program. What it sent before may still arrive. */
  loseClient(end: StatusObject): void {
    if (!this.#isClientOpen) return;
    this.#isClientOpen = false;
    if (!this.#isBroken) this.#there(() => this.loseServer());
    for (const { client } of this.calls) client(end);
    this.#onLost();
    this.#settle();
  }

  loseServer(): void {
    if (!this.#isServerOpen) return;
    this.#isServerOpen = false;
    for (const { server } of this.calls) this.life.host.run(server);
    this.#settle();
  }

  /** By the program's pings: whether the other end answers. */
  get answers(): boolean {
    const isOpen = this.#world.links.isOpenBetween(this.from, this.#member.id);
    return isOpen && !this.isDead && this.life.host.alive && !this.life.host.paused;
  }

  #keepServer(): void {
    this.#world.timeline.after(lookEveryMs, () => {
      if (!this.#isServerOpen || !this.life.host.alive) return;
      const isOpen = this.#world.links.isOpenBetween(this.from, this.#member.id);
      const isHeard = isOpen && !this.isDead && this.client.alive && !this.client.paused;
      if (!this.life.host.paused) this.#silentMs = isHeard ? 0 : this.#silentMs + lookEveryMs;
      if (this.#silentMs >= serverKeepaliveMs + serverKeepaliveTimeoutMs) {
        this.#world.coverage.count("sdk connection", "a program was silent for too long");
        this.loseServer();
        this.#tellClient("the server closed it");
      } else this.#keepServer();
    });
  }

  #tellClient(why: string): void {
    if (this.isDead) return;
    this.#world.links.stream(this.#member.id, this.from, () => {
      if (!this.isDead) this.client.run(() => this.loseClient(unavailable(why)));
    });
  }

  #there(run: () => void): void {
    this.#world.links.stream(this.from, this.#member.id, () => {
      if (!this.isDead) run();
    });
  }

  #settle(): void {
    if (!this.#isClientOpen) this.#world.clientConnections.delete(this);
    if (this.#isClientOpen || (this.#isServerOpen && this.life.host.alive)) return;
    this.calls.clear();
    for (const forget of this.#unwatch) forget();
  }
}

function unavailable(details: string): StatusObject {
  return { code: status.UNAVAILABLE, details, metadata: new Metadata() };
}
