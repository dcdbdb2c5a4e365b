import type { ServerDuplexStream, StatusObject } from "@grpc/grpc-js";
import type { StreamLimits } from "./context.ts";
import type { Received } from "./services.ts";

/**
 * A bidirectional stream whose requests are worked on at once and answered in any order. A request counts as under
 * way until its reply has left, so a peer that does not read its replies is soon no longer read from either.
 *
 * The status comes last: whoever gets it knows that a request without a reply was not taken up, and did nothing.
 */
export class ReplyStream<Request, Reply> {
  readonly #call: ServerDuplexStream<Received<Request>, Reply>;
  readonly #limits: StreamLimits;
  #requests = 0;
  #bytes = 0;
  /** Undefined while open; null for an end without an error. */
  #ending: StatusObject | null | undefined;
  #gone = false;

  /** `onGone` is called once: the call is over, whichever side ended it. */
  constructor(call: ServerDuplexStream<Received<Request>, Reply>, limits: StreamLimits, onGone: () => void) {
    this.#call = call;
    this.#limits = limits;
    // Emitted by grpc-js after a regular end as well.
    call.once("cancelled", () => {
      this.#gone = true;
      onGone();
    });
  }

  get path(): string {
    return this.#call.getPath();
  }

  /** No request is taken up any more. */
  get ending(): boolean {
    return this.#gone || this.#ending !== undefined;
  }

  /** The status is on its way or the peer has left: nothing that is written arrives. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Takes up a request of `bytes`; `work` resolves to its reply and never rejects. */
  run(bytes: number, work: () => Promise<Reply>): void {
    this.#requests++;
    this.#bytes += bytes;
    if (this.#full()) this.#call.pause();
    void work().then((reply) => this.write(reply, () => this.#settle(bytes)));
  }

  /** `sent` is called once the message was handed to the network; never, when the call is over before. */
  write(message: Reply, sent?: () => void): void {
    if (this.#gone) return;
    this.#call.write(message, (error?: Error | null) => {
      if (!error) sent?.();
    });
  }

  /** Ends the call once everything under way is answered; the first reason stays. */
  end(status: StatusObject | null): void {
    if (this.ending) return;
    this.#ending = status;
    this.#finishIfIdle();
  }

  #settle(bytes: number): void {
    this.#requests--;
    this.#bytes -= bytes;
    if (this.#call.isPaused() && !this.#full()) this.#call.resume();
    this.#finishIfIdle();
  }

  #full(): boolean {
    return this.#requests >= this.#limits.maxRequests || this.#bytes >= this.#limits.maxBytes;
  }

  #finishIfIdle(): void {
    if (this.#gone || this.#ending === undefined || this.#requests > 0) return;
    this.#gone = true;
    // grpc-js takes the status of a stream from its "error" event, and ends it by itself then.
    if (this.#ending === null) this.#call.end();
    else this.#call.emit("error", this.#ending);
  }
}
