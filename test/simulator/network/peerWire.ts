import { EventEmitter } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { Client, Metadata, Server, type StatusObject, status } from "@grpc/grpc-js";
import type { World } from "../cluster/world.ts";
import { currentHost, type Host } from "../time/host.ts";
import { ClientEnd, Connection, ServerEnd } from "./connection.ts";
import { placeOf } from "./places.ts";

/**
 * The real src/transport runs upon this: gRPC's clients and servers, and the TCP probe before each dial, lead into the
 * simulated network while a simulated process runs. The rest of the transport does not know.
 */

/** A server that listens on a simulated machine. */
export interface Listening {
  readonly host: Host;
  readonly handlers: ReadonlyMap<string, { readonly func: (...args: readonly unknown[]) => void }>;
  readonly connections: Set<Connection>;
  onIdle: () => void;
}

/** By address (`name:port`). */
export type Listeners = Map<string, Listening>;

/** Told of each message that a peer's stream takes at the moment at which it leaves. */
const writeWatchers = new WeakMap<Host, () => void>();
const servers = new WeakMap<
  Server,
  { readonly world: World; readonly address: string; readonly listening: Listening }
>();
let installed = false;

export function watchWrites(host: Host, onWrite: () => void): void {
  writeWatchers.set(host, onWrite);
}

export function machineOf(address: string): string {
  return address.replace(/^ipv4:/, "").replace(/:\d+$/, "");
}

/** Once in a process. */
export function installPeerWires(): void {
  if (installed) return;
  installed = true;
  patchClient();
  patchServer();
  const realConnect = net.connect;
  const sockets = net as unknown as Record<string, unknown>;
  sockets["connect"] = (...args: readonly unknown[]): unknown => {
    const host = currentHost();
    const place = placeOf(host);
    const [to] = args as [{ readonly host: string; readonly port: number }];
    if (host === null || place === undefined) return Reflect.apply(realConnect, net, args);
    return new ProbeSocket(host, place.world, place.name, to.host, `${to.host}:${to.port}`);
  };
  // The name of a simulated machine is its address: nobody looks it up.
  const realIsIP = net.isIP;
  sockets["isIP"] = (text: string): number => (placeOf(currentHost()) === undefined ? realIsIP(text) : 4);
  syncBuiltinESMExports();
}

/** Connects and hangs up. A machine whose process is gone answers that nobody listens. */
class ProbeSocket extends EventEmitter {
  readonly remoteAddress: string;
  #destroyed = false;

  constructor(host: Host, world: World, from: string, to: string, address: string) {
    super();
    this.remoteAddress = to;
    const back = (name: string, value?: unknown): void =>
      world.links.stream(to, from, () =>
        host.run(() => {
          if (!this.#destroyed) this.emit(name, value);
        }),
      );
    world.links.stream(from, to, () => {
      if (world.listeners.get(address)?.host.alive === true) back("connect");
      else if (world.isMachineUp(to)) {
        back("error", Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: "ECONNREFUSED" }));
      }
    });
  }

  destroy(): void {
    this.#destroyed = true;
  }
}

function patchClient(): void {
  const prototype = Client.prototype as unknown as Record<string, unknown>;
  const realStream = original(prototype, "makeBidiStreamRequest");
  const realUnary = original(prototype, "makeUnaryRequest");
  prototype["makeBidiStreamRequest"] = function open(this: Client, ...args: readonly unknown[]): unknown {
    const host = currentHost();
    const place = placeOf(host);
    if (host === null || place === undefined) return Reflect.apply(realStream, this, args);
    return openStream(host, place.world, place.name, targetOf(this), String(args[0]));
  };
  prototype["makeUnaryRequest"] = function call(this: Client, ...args: readonly unknown[]): unknown {
    const host = currentHost();
    const place = placeOf(host);
    if (host === null || place === undefined) return Reflect.apply(realUnary, this, args);
    const [path, , , request, , { deadline }, done] = args as UnaryArguments;
    const { world, name: from } = place;
    return callUnary({ host, world, from, address: targetOf(this), path, request, deadline, done });
  };
}

type UnaryDone = (error: Error | null, value?: Buffer) => void;
type UnaryArguments = readonly [
  path: string,
  encode: unknown,
  decode: unknown,
  request: Buffer,
  metadata: unknown,
  options: { readonly deadline: number },
  done: UnaryDone,
];

function targetOf(client: Client): string {
  return client
    .getChannel()
    .getTarget()
    .replace(/^ipv4:/, "");
}

function openStream(host: Host, world: World, from: string, address: string, path: string): ClientEnd {
  const to = machineOf(address);
  const clientEnd = new ClientEnd();
  clientEnd.watch(() => writeWatchers.get(host)?.());
  world.links.stream(from, to, () => {
    const listening = world.listeners.get(address);
    const handler = listening?.handlers.get(path);
    if (listening === undefined || handler === undefined || !listening.host.alive) {
      if (world.isMachineUp(to))
        world.links.stream(to, from, () => host.run(() => clientEnd.over(refused("connection refused"))));
      return;
    }
    if (!host.alive) return;
    const serverEnd = new ServerEnd(from);
    const connection: Connection = new Connection({
      links: world.links,
      client: { host, name: from },
      server: { host: listening.host, name: to },
      clientEnd,
      serverEnd,
      mayBeLoose: path.endsWith("/Stream"),
      carriesSnapshot: path.endsWith("/Snapshot"),
      isMachineUp: (name) => world.isMachineUp(name),
      onOver: () => {
        world.connections.delete(connection);
        listening.connections.delete(connection);
        if (listening.connections.size === 0) listening.onIdle();
      },
    });
    world.connections.add(connection);
    listening.connections.add(connection);
    listening.host.run(() => handler.func(serverEnd));
  });
  return clientEnd;
}

interface Unary {
  readonly host: Host;
  readonly world: World;
  readonly from: string;
  readonly address: string;
  readonly path: string;
  readonly request: Buffer;
  readonly deadline: number;
  readonly done: UnaryDone;
}

function callUnary({ host, world, from, address, path, request, deadline, done }: Unary): {
  readonly cancel: () => void;
} {
  const to = machineOf(address);
  let open = true;
  const settle = (error: StatusObject | null, value?: Buffer): void => {
    if (!open) return;
    open = false;
    timer.run = null;
    done(error === null ? null : Object.assign(new Error(error.details), error), value);
  };
  const timer = host.after(deadline - Date.now(), () =>
    settle({ code: status.DEADLINE_EXCEEDED, details: "no answer in time", metadata: new Metadata() }),
  );
  const back = (error: StatusObject | null, value?: Buffer): void =>
    world.links.stream(to, from, () => host.run(() => settle(error, value)));
  world.links.stream(from, to, () => {
    const listening = world.listeners.get(address);
    const handler = listening?.handlers.get(path);
    if (listening === undefined || handler === undefined || !listening.host.alive) {
      if (world.isMachineUp(to)) back(refused("connection refused"));
      return;
    }
    const forget = listening.host.whenKilled(() => {
      if (world.isMachineUp(to)) back(refused("connection reset"));
    });
    listening.host.run(() =>
      handler.func({ request }, (error: StatusObject | null, value?: Buffer) => {
        forget();
        back(error, value);
      }),
    );
  });
  return {
    cancel: () =>
      void host.soon(() =>
        settle({ code: status.CANCELLED, details: "cancelled", metadata: new Metadata() }),
      ),
  };
}

function refused(details: string): StatusObject {
  return { code: status.UNAVAILABLE, details, metadata: new Metadata() };
}

type Method = (...args: readonly unknown[]) => unknown;

function original(prototype: Readonly<Record<string, unknown>>, name: string): Method {
  return prototype[name] as Method;
}

function patchServer(): void {
  const prototype = Server.prototype as unknown as Record<string, unknown>;
  const bindAsync = original(prototype, "bindAsync");
  const tryShutdown = original(prototype, "tryShutdown");
  const forceShutdown = original(prototype, "forceShutdown");
  prototype["bindAsync"] = function bind(this: Server, ...args: readonly unknown[]): void {
    const host = currentHost();
    const place = placeOf(host);
    if (host === null || place === undefined) return void Reflect.apply(bindAsync, this, args);
    const [address, , done] = args as [string, unknown, (error: Error | null, port: number) => void];
    const handlers = Reflect.get(this, "handlers") as Listening["handlers"];
    const listening: Listening = { host, handlers, connections: new Set(), onIdle: () => undefined };
    const { world } = place;
    servers.set(this, { world, address, listening });
    world.listeners.set(address, listening);
    host.whenKilled(() => unlisten(world, address, listening));
    // What src/transport/tuneServer.ts looks for.
    (Reflect.get(this, "http2Servers") as Map<unknown, unknown>).set(new EventEmitter(), {});
    host.soon(() => done(null, Number(address.split(":").at(-1))));
  };
  prototype["tryShutdown"] = function stop(this: Server, ...args: readonly unknown[]): void {
    const bound = servers.get(this);
    if (bound === undefined) return void Reflect.apply(tryShutdown, this, args);
    const { world, address, listening } = bound;
    const [done] = args as [() => void];
    unlisten(world, address, listening);
    listening.onIdle = () => void listening.host.soon(done);
    if (listening.connections.size === 0) listening.onIdle();
  };
  prototype["forceShutdown"] = function cut(this: Server): void {
    const bound = servers.get(this);
    if (bound === undefined) return void Reflect.apply(forceShutdown, this, []);
    bound.listening.onIdle = () => undefined;
    for (const connection of bound.listening.connections) connection.break();
  };
}

function unlisten(world: World, address: string, listening: Listening): void {
  if (world.listeners.get(address) === listening) world.listeners.delete(address);
}
