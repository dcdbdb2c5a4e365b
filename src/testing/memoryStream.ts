import { EventEmitter } from "node:events";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
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

/** The client's end of what a server streams to it, likewise: messages to be taken one by one. */
export class ClientReader extends EventEmitter implements AsyncIterable<object> {
  readonly #cancel: () => void;
  #messages: object[] = [];
  #end: StatusObject | undefined;
  #wake: () => void = () => undefined;

  constructor(cancel: () => void) {
    super();
    this.#cancel = cancel;
  }

  received(message: object): void {
    if (this.#end !== undefined) return;
    this.#messages.push(message);
    this.#wake();
  }

  over(end: StatusObject): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#wake();
    this.emit("status", end);
  }

  cancel(): void {
    if (this.#end !== undefined) return;
    this.#cancel();
    this.over({ code: status.CANCELLED, details: "cancelled", metadata: new Metadata() });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<object> {
    for (;;) {
      for (const message of this.#messages.splice(0)) yield message;
      if (this.#messages.length > 0) continue;
      if (this.#end?.code === status.OK) return;
      if (this.#end !== undefined) throw new Error(this.#end.details);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** The server's end, as far as the services use it. */
export class ServerStream extends EventEmitter {
  readonly metadata = new Metadata();
  /** Of a call whose one request comes with it. */
  readonly request: object | undefined;
  /** As grpc-js has it: the other side has gone. */
  cancelled = false;
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
    request?: object,
  ) {
    super();
    this.request = request;
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
  left(): void {
    if (this.#over) return;
    this.#over = true;
    this.cancelled = true;
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
