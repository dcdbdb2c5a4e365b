import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

/** A TCP proxy whose directions can be stalled, and whose connections can be cut: a network that misbehaves. */
export class TcpProxy {
  /** `host:port` that connections are passed on to. */
  target: string;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #stalled = { toTarget: false, toClient: false };
  #accepted = 0;

  private constructor(target: string) {
    this.target = target;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  static async listen(target = ""): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections taken since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** From now on nothing flows in the given directions, on old and on new connections; nobody is told. */
  stall(directions: { readonly toTarget: boolean; readonly toClient: boolean }): void {
    this.#stalled = directions;
    for (const pair of this.#pairs) this.#applyStall(pair);
  }

  resume(): void {
    this.stall({ toTarget: false, toClient: false });
  }

  /** Resets all connections; new ones are taken. */
  cut(): void {
    for (const { client, target } of this.#pairs) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    const [host, port] = this.target.split(":");
    if (host === undefined || port === undefined) {
      client.resetAndDestroy();
      return;
    }
    const pair: Pair = { client, target: connect({ host, port: Number(port), noDelay: true }) };
    this.#pairs.add(pair);
    forward(client, pair.target);
    forward(pair.target, client);
    const drop = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      pair.target.destroy();
    };
    for (const socket of [client, pair.target]) socket.on("error", drop).on("close", drop);
    this.#applyStall(pair);
  }

  #applyStall({ client, target }: Pair): void {
    if (this.#stalled.toTarget) client.pause();
    else client.resume();
    if (this.#stalled.toClient) target.pause();
    else target.resume();
  }
}

/** Without back pressure of its own while flowing: a stalled direction is what fills the sender's buffers. */
function forward(from: Socket, to: Socket): void {
  from.on("data", (bytes) => to.write(bytes));
}
