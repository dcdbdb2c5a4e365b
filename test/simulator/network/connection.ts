import { EventEmitter } from "node:events";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { Random } from "../../../src/base/random.ts";
import { withBitTurned } from "../disk/storeModel.ts";
import type { Host } from "../time/host.ts";
import type { Links } from "./links.ts";

/** As src/transport/types.ts sets gRPC's own on both ends. */
const keepaliveTimeMs = 1_000;
const keepaliveTimeoutMs = 2_000;

export interface Side {
  readonly host: Host;
  readonly name: string;
}

export interface ConnectionOptions {
  readonly links: Links;
  readonly client: Side;
  readonly server: Side;
  readonly clientEnd: ClientEnd;
  readonly serverEnd: ServerEnd;
  /** Each message after the first travels by itself when the network is loose. */
  readonly mayBeLoose: boolean;
  readonly carriesSnapshot: boolean;
  readonly isMachineUp: (name: string) => boolean;
  readonly onOver: () => void;
}

/** One connection with one call on it: both ends, and what becomes of them when a link, process or machine goes. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #forget: (() => void)[];
  #sent = 0;
  #clientOpen = true;
  #serverOpen = true;
  #clientSilentMs = 0;
  #serverSilentMs = 0;
  #isForgotten = false;
  #garbling: { readonly random: Random; left: number } | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { client, server, clientEnd, serverEnd } = options;
    this.#forget = [
      client.host.whenKilled(() => this.#onDeath(client, () => this.#loseServer())),
      server.host.whenKilled(() => this.#onDeath(server, () => this.#loseClient(reset()))),
    ];
    clientEnd.attach({
      write: (bytes) => this.#toServer(bytes),
      end: () => this.#there(() => server.host.run(() => serverEnd.emit("end"))),
      cancel: () => this.#onCancel(),
      taken: (tell) => this.#takenBy(client, tell),
    });
    serverEnd.attach({
      write: (bytes) => this.#toClient(bytes),
      finish: (end) => this.#onFinish(end),
      taken: (tell) => this.#takenBy(server, tell),
      soon: (run) => void server.host.soon(run),
    });
    this.#keepAlive();
  }

  get client(): string {
    return this.#options.client.name;
  }

  get carriesSnapshot(): boolean {
    return this.#options.carriesSnapshot;
  }

  get server(): string {
    return this.#options.server.name;
  }

  /** A middlebox, or a cable: both ends are told, and what was on its way is lost. */
  break(): void {
    const { links, client } = this.#options;
    client.host.timeline.after(links.latencyMs(), () => {
      this.#loseClient(reset());
      this.#loseServer();
    });
  }

  /** A box on the way forgets the connection, and tells nobody: nothing passes any more, until the pings find out. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** Of the next so many messages, either way, a bit turns over, and no checksum of the network's sees it. */
  garble(messages: number, random: Random): void {
    this.#garbling = { random, left: messages };
  }

  #onItsWay(bytes: Buffer): Buffer {
    const garbling = this.#garbling;
    if (garbling === null || garbling.left-- <= 0) return bytes;
    return Buffer.from(withBitTurned(bytes, garbling.random));
  }

  #toServer(sent: Buffer): void {
    if (this.#isForgotten) return;
    const bytes = this.#onItsWay(sent);
    const { links, client, server, serverEnd, mayBeLoose } = this.#options;
    const isLoose = mayBeLoose && this.#sent++ > 0 && links.traits.mode === "loose";
    const arrive = (): void => {
      if (this.#serverOpen && this.#clientOpen) server.host.run(() => serverEnd.received(bytes));
    };
    if (isLoose) links.datagram(client.name, server.name, arrive);
    else links.stream(client.name, server.name, arrive);
  }

  #toClient(sent: Buffer): void {
    if (this.#isForgotten) return;
    const bytes = this.#onItsWay(sent);
    const { client, clientEnd } = this.#options;
    this.#back(() => {
      if (this.#clientOpen) client.host.run(() => clientEnd.received(bytes));
    });
  }

  /** Most writes are with the system as soon as their turn is over; some take a turn more. */
  #takenBy({ host }: Side, tell: () => void): void {
    if (host.random.next() < 0.1) host.soon(tell);
    else queueMicrotask(tell);
  }

  #onFinish(end: StatusObject): void {
    this.#serverOpen = false;
    this.#settle();
    this.#back(() => this.#loseClient(end));
  }

  #onCancel(): void {
    if (!this.#clientOpen) return;
    this.#clientOpen = false;
    this.#settle();
    this.#there(() => this.#loseServer());
  }

  #loseClient(end: StatusObject): void {
    const { client, clientEnd } = this.#options;
    if (!this.#clientOpen) return;
    this.#clientOpen = false;
    this.#settle();
    client.host.run(() => clientEnd.over(end));
    // Its system answers whatever still comes on the connection that it closed.
    this.#there(() => this.#loseServer());
  }

  #loseServer(): void {
    const { server, serverEnd } = this.#options;
    if (!this.#serverOpen) return;
    this.#serverOpen = false;
    this.#settle();
    server.host.run(() => serverEnd.cancelled());
    this.#back(() => this.#loseClient(reset()));
  }

  /** Its operating system tells the other side; a machine without power says nothing, and pings will tell. */
  #onDeath({ name }: Side, tell: () => void): void {
    const { links, client, isMachineUp } = this.#options;
    client.host.timeline.after(links.latencyMs(), () => {
      const other = name === this.client ? this.server : this.client;
      if (isMachineUp(name) && !this.#isForgotten && links.isOpen(name, other)) tell();
    });
  }

  #keepAlive(): void {
    const { links, client, server } = this.#options;
    client.host.timeline.after(keepaliveTimeMs, () => {
      if (!this.#clientOpen && !this.#serverOpen) return;
      const isOpen = !this.#isForgotten && links.isOpenBetween(client.name, server.name);
      const silent = (own: Host, other: Host, silentMs: number): number => {
        if (own.paused) return silentMs;
        return isOpen && other.alive && !other.paused ? 0 : silentMs + keepaliveTimeMs;
      };
      this.#clientSilentMs = silent(client.host, server.host, this.#clientSilentMs);
      this.#serverSilentMs = silent(server.host, client.host, this.#serverSilentMs);
      const limit = keepaliveTimeMs + keepaliveTimeoutMs;
      if (this.#clientSilentMs >= limit) this.#loseClient(reset());
      if (this.#serverSilentMs >= limit) this.#loseServer();
      this.#keepAlive();
    });
  }

  #there(run: () => void): void {
    const { links } = this.#options;
    if (this.#isForgotten) return;
    links.stream(this.client, this.server, run);
  }

  #back(run: () => void): void {
    const { links } = this.#options;
    if (this.#isForgotten) return;
    links.stream(this.server, this.client, run);
  }

  #settle(): void {
    if (this.#clientOpen || this.#serverOpen) return;
    for (const forget of this.#forget) forget();
    this.#options.onOver();
  }
}

function reset(): StatusObject {
  return { code: status.UNAVAILABLE, details: "the connection broke", metadata: new Metadata() };
}

interface ClientWire {
  readonly write: (bytes: Buffer) => void;
  readonly end: () => void;
  readonly cancel: () => void;
  readonly taken: (tell: () => void) => void;
}

/** The client's end of a bidirectional call, as far as src/transport uses it. */
export class ClientEnd extends EventEmitter {
  #wire: ClientWire | null = null;
  #waiting: Buffer[] = [];
  #onWrite: (bytes: Buffer) => void = () => undefined;
  #over = false;

  /** Told of each message at the moment at which it leaves. */
  watch(onWrite: (bytes: Buffer) => void): void {
    this.#onWrite = onWrite;
  }

  /** The connection stands: what was written goes out. */
  attach(wire: ClientWire): void {
    this.#wire = wire;
    if (this.#over) return wire.cancel();
    for (const bytes of this.#waiting) wire.write(bytes);
    this.#waiting = [];
  }

  write(bytes: Buffer, taken?: () => void): boolean {
    if (this.#over) return false;
    this.#onWrite(bytes);
    if (this.#wire === null) this.#waiting.push(bytes);
    else this.#wire.write(bytes);
    if (taken !== undefined) this.#wire?.taken(taken);
    return true;
  }

  end(): void {
    if (!this.#over) this.#wire?.end();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#wire?.cancel();
  }

  received(bytes: Buffer): void {
    if (!this.#over) this.emit("data", bytes);
  }

  over(end: StatusObject): void {
    if (this.#over) return;
    this.#over = true;
    if (end.code !== status.OK) this.emit("error", Object.assign(new Error(end.details), end));
    this.emit("status", end);
  }
}

interface ServerWire {
  readonly write: (bytes: Buffer) => void;
  readonly finish: (end: StatusObject) => void;
  readonly taken: (tell: () => void) => void;
  readonly soon: (run: () => void) => void;
}

/** The server's end. */
export class ServerEnd extends EventEmitter {
  readonly #peer: string;
  #wire: ServerWire | null = null;
  #over = false;

  constructor(peer: string) {
    super();
    this.#peer = peer;
    this.on("error", (end: Partial<StatusObject>) => this.#finish(end));
  }

  attach(wire: ServerWire): void {
    this.#wire = wire;
  }

  getPeer(): string {
    return this.#peer;
  }

  received(bytes: Buffer): void {
    if (!this.#over) this.emit("data", bytes);
  }

  write(bytes: Buffer, taken?: () => void): boolean {
    if (this.#over) return false;
    this.#wire?.write(bytes);
    if (taken !== undefined) this.#wire?.taken(taken);
    return true;
  }

  end(): void {
    this.#finish({ code: status.OK, details: "" });
  }

  cancelled(): void {
    if (this.#over) return;
    this.#over = true;
    this.emit("cancelled");
    this.emit("close");
  }

  #finish({ code = status.UNKNOWN, details = "" }: Partial<StatusObject>): void {
    if (this.#over) return;
    this.#over = true;
    this.#wire?.finish({ code, details, metadata: new Metadata() });
    this.#wire?.soon(() => this.emit("close"));
  }
}
