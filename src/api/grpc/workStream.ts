import type { ServerDuplexStream } from "@grpc/grpc-js";
import { ConclaveError } from "../../base/errors.ts";
import { acts } from "../../codec/api/acts.ts";
import { claimNewsToWire, type DeliverableJob, moreCredits, subscription } from "../../codec/api/claims.ts";
import { requestId } from "../../codec/api/jobSpec.ts";
import type { ActsAsked, WorkAnswer } from "../../codec/api/workMessages.ts";
import type { Subscribe__Output } from "../../generated/conclave/v1/Subscribe.ts";
import type { WorkerMessage__Output } from "../../generated/conclave/v1/WorkerMessage.ts";
import type { WorkerHandle } from "../../node/service.ts";
import type { ServiceContext } from "./context.ts";
import { giveBack } from "./giveBack.ts";
import { JobOutbox } from "./jobOutbox.ts";
import { endsStream } from "./leadership.ts";
import { ReplyStream } from "./replyStream.ts";
import type { Received } from "./services.ts";
import { opened } from "./unary.ts";

/** A `WorkerMessage` as it is read. */
export type WorkerAsked = Pick<Partial<WorkerMessage__Output>, "subscribe" | "credits" | "drain"> & {
  readonly acts?: ActsAsked | null;
};

/** A stopped process is found out by the connection's keepalive before that: who is still connected then lives. */
const unheardMs = 20_000;

type Call = ServerDuplexStream<Received<WorkerAsked>, WorkAnswer>;

/** `waiting` for Subscribe; `taking` jobs; `drained`: no more jobs, acts are still served. */
type Intake =
  | { readonly name: "waiting" }
  | { readonly name: "taking"; readonly handle: WorkerHandle }
  | { readonly name: "drained" };

/**
 * One worker's `Work.Stream`. Jobs go out while this node leads and the worker has room; acts are answered in band.
 * However it ends, claims whose jobs have not left are given back.
 */
export class WorkStream {
  readonly #context: ServiceContext;
  readonly #call: Call;
  readonly #stream: ReplyStream<WorkerAsked, WorkAnswer>;
  readonly #outbox: JobOutbox;
  #intake: Intake = { name: "waiting" };
  /** Room the worker has told of and that no job has taken. */
  #credits = 0;
  /** Ends the wait for a sign of life; null while there is no doubt. */
  #doubt: (() => void) | null = null;

  constructor(context: ServiceContext, call: Call) {
    this.#context = context;
    this.#call = call;
    const leave = context.calls.add((reason) => this.#fail(reason));
    this.#stream = new ReplyStream<WorkerAsked, WorkAnswer>(call, context.streamLimits, () => {
      leave();
      this.#stopIntake(true);
    });
    this.#outbox = new JobOutbox((message, sent) => this.#stream.write(message, sent));
  }

  /** Begins to read. */
  open(): void {
    this.#call.on("data", (received: Received<WorkerAsked>) => {
      if (this.#stream.ending) return;
      try {
        const { message, bytes } = opened(received);
        this.#onMessage(message, bytes);
      } catch (error) {
        this.#fail(error);
      }
    });
    this.#call.on("end", () => {
      this.#stopIntake(false);
      this.#stream.end(null);
    });
  }

  #onMessage(message: WorkerAsked, bytes: number): void {
    this.#trust();
    if (message.subscribe) return this.#subscribe(message.subscribe);
    if (this.#intake.name === "waiting") {
      throw new ConclaveError("INVALID_ARGUMENT", "the first message on a Work stream must be subscribe");
    }
    if (message.acts) {
      const request = message.acts;
      requestId(request.requestId);
      return this.#stream.run(bytes, () => this.#act(request, bytes));
    }
    if (message.credits) {
      // Credits and drain may cross on their way out of a worker: late room is no mistake.
      if (this.#intake.name !== "taking") return;
      const count = moreCredits(message.credits, this.#credits);
      this.#credits += count;
      return this.#intake.handle.addCredits(count);
    }
    if (message.drain) return this.#stopIntake(false);
    throw new ConclaveError(
      "INVALID_ARGUMENT",
      "the message holds none of subscribe, credits, acts, drain; this node knows no others",
    );
  }

  #subscribe(message: Subscribe__Output): void {
    if (this.#intake.name !== "waiting") {
      throw new ConclaveError(
        "INVALID_ARGUMENT",
        "subscribe came twice; open another stream for other queues",
      );
    }
    const asked = subscription("subscribe.", message);
    const early: DeliverableJob[] = [];
    let subscribed = false;
    this.#credits = asked.credits;
    const handle = this.#context.node.openWorker({
      ...asked,
      onJobs: (jobs) => {
        if (subscribed) this.#deliver(jobs);
        else early.push(...jobs);
      },
      onClaimNews: (news) => {
        for (const message of claimNewsToWire(news)) this.#stream.write(message);
        if (news.some(({ end }) => end === "expired")) this.#distrust();
      },
      onClosed: (error) => this.#fail(error),
    });
    // Closed again before it was open: onClosed has said why.
    if (this.#stream.ending) return handle.close();
    this.#intake = { name: "taking", handle };
    this.#stream.write({ subscribed: { leaderId: this.#context.node.nodeId, term: handle.term } });
    subscribed = true;
    if (early.length > 0) this.#deliver(early);
  }

  #deliver(jobs: readonly DeliverableJob[]): void {
    if (this.#intake.name !== "taking" || this.#stream.ending) {
      void giveBack(this.#context, jobs);
      return;
    }
    this.#credits = Math.max(0, this.#credits - jobs.length);
    this.#outbox.push(jobs);
  }

  /**
   * It let a lease run out: its process may have been stopped, its connection still open. Were it sent the same job again,
   * the job would lose one attempt after the other to it.
   */
  #distrust(): void {
    if (this.#intake.name !== "taking" || this.#doubt !== null) return;
    this.#intake.handle.hold(true);
    this.#doubt = this.#context.after(unheardMs, () => this.#trust());
  }

  #trust(): void {
    if (this.#doubt === null) return;
    this.#doubt();
    this.#doubt = null;
    if (this.#intake.name === "taking") this.#intake.handle.hold(false);
  }

  async #act(request: ActsAsked, bytes: number): Promise<WorkAnswer> {
    try {
      const asked = acts(request, bytes, this.#context.sizes);
      const results = asked.length === 0 ? [] : await this.#context.node.act(asked);
      return { acted: { requestId: request.requestId, results } };
    } catch (error) {
      if (endsStream(error)) this.#fail(error);
      return {
        acts: {
          requestId: request.requestId,
          error: this.#context.errors.detail(error, this.#stream.path),
        },
      };
    }
  }

  #fail(error: unknown): void {
    this.#stopIntake(false);
    this.#stream.end(this.#context.errors.status(error, this.#stream.path));
  }

  /** `gone`: nothing written can arrive any more, so what is on its way comes back as well. */
  #stopIntake(gone: boolean): void {
    if (this.#intake.name === "taking") this.#intake.handle.close();
    this.#doubt?.();
    this.#doubt = null;
    this.#intake = { name: "drained" };
    void giveBack(this.#context, this.#outbox.withdraw(gone));
  }
}
