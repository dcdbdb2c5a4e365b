import { EventEmitter } from "node:events";
import { Metadata, type StatusObject } from "@grpc/grpc-js";
import type { VirtualTime } from "./virtualTime.ts";

/** The client's end of a stream, as far as the SDK uses it. */
export class ClientStream extends EventEmitter {
  readonly #wire: { send(message: object): void; end(): void; cancel(): void };
  #over = false;

  constructor(wire: { send(message: object): void; end(): void; cancel(): void }) {
    super();
    this.#wire = wire;
  }

  write(message: object): boolean {
    if (!this.#over) this.#wire.send(message);
    return true;
  }

  end(): void {
    if (!this.#over) this.#wire.end();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#wire.cancel();
  }

  received(message: object): void {
    if (!this.#over) this.emit("data", message);
  }

  over(end: StatusObject): void {
    if (this.#over) return;
    this.#over = true;
    this.emit("status", end);
  }
}

/** The server's end, as far as the services use it. */
export class ServerStream extends EventEmitter {
  readonly metadata = new Metadata();
  readonly #time: VirtualTime;
  readonly #path: string;
  readonly #wire: { send(message: object): void; finish(status: StatusObject | null): void };
  #paused = false;
  #over = false;
  #held: object[] = [];

  constructor(
    time: VirtualTime,
    path: string,
    wire: { send(message: object): void; finish(status: StatusObject | null): void },
  ) {
    super();
    this.#time = time;
    this.#path = path;
    this.#wire = wire;
    // grpc-js takes a stream's status from this event.
    this.on("error", (status: StatusObject) => this.#end(status));
  }

  getPath(): string {
    return this.#path;
  }

  received(message: object): void {
    if (this.#over) return;
    if (this.#paused) this.#held.push(message);
    else this.emit("data", message);
  }

  write(message: object, sent?: (error?: Error | null) => void): boolean {
    if (this.#over) return false;
    this.#wire.send(message);
    this.#time.soon(() => sent?.(this.#over ? new Error("the call is over") : null));
    return true;
  }

  end(): void {
    this.#end(null);
  }

  /** The other side has gone. */
  cancelled(): void {
    if (this.#over) return;
    this.#over = true;
    this.emit("cancelled");
  }

  pause(): this {
    this.#paused = true;
    return this;
  }

  resume(): this {
    this.#paused = false;
    for (const message of this.#held.splice(0)) this.received(message);
    return this;
  }

  isPaused(): boolean {
    return this.#paused;
  }

  #end(status: StatusObject | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#wire.finish(status);
    this.#time.soon(() => this.emit("cancelled"));
  }
}
