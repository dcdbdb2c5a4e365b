import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { Act__Output } from "../../src/generated/conclave/v1/Act.ts";
import type { ActRequest__Output } from "../../src/generated/conclave/v1/ActRequest.ts";
import type { ClaimedJob } from "../../src/generated/conclave/v1/ClaimedJob.ts";
import type { ErrorDetail } from "../../src/generated/conclave/v1/ErrorDetail.ts";
import type { Subscribe__Output } from "../../src/generated/conclave/v1/Subscribe.ts";
import type { WorkerMessage__Output } from "../../src/generated/conclave/v1/WorkerMessage.ts";
import type { WorkMessage } from "../../src/generated/conclave/v1/WorkMessage.ts";
import type { FakeState } from "./fakeState.ts";

/** One worker's stream as the server sees it; jobs are handed out when the test says so, or by `feed`. */
export class FakeWorkStream {
  subscribe: Subscribe__Output | undefined;
  /** Room the worker has told of and that no job has taken. */
  credits = 0;
  drained = false;
  ended = false;
  readonly actRequests: ActRequest__Output[] = [];
  readonly #call: ServerDuplexStream<WorkerMessage__Output, WorkMessage>;
  readonly #state: FakeState;
  readonly #mode: () => { refusal: ErrorDetail | undefined; hang: boolean };
  #feeding = false;

  constructor(
    call: ServerDuplexStream<WorkerMessage__Output, WorkMessage>,
    state: FakeState,
    mode: () => { refusal: ErrorDetail | undefined; hang: boolean },
  ) {
    this.#call = call;
    this.#state = state;
    this.#mode = mode;
    const onReady = () => {
      if (this.#feeding) this.#feed();
    };
    state.onReady.add(onReady);
    call.on("cancelled", () => {
      this.ended = true;
      state.onReady.delete(onReady);
    });
  }

  /** All acts that came, in order. */
  get acts(): readonly Act__Output[] {
    return this.actRequests.flatMap(({ acts }) => acts);
  }

  onMessage(message: WorkerMessage__Output): void {
    if (message.subscribe) {
      this.subscribe = message.subscribe;
      this.credits = message.subscribe.credits;
    } else if (message.credits) {
      this.credits += message.credits.count;
    } else if (message.drain) {
      this.drained = true;
    } else if (message.acts) {
      this.#onActs(message.acts);
    }
    if (this.#feeding) this.#feed();
  }

  /** Claims a job for the worker and sends it, whatever its credits. */
  hand(job: ClaimedJob = {}): { readonly id: string; readonly fencingToken: number } {
    const claimed = this.#state.claim(job);
    this.credits--;
    this.#call.write({ jobs: { jobs: [claimed] } });
    return { id: claimed.id, fencingToken: claimed.fencingToken };
  }

  /** Anything that a server may say. */
  say(message: WorkMessage): void {
    this.#call.write(message);
  }

  /** From now on hands out the enqueued jobs, as far as there is room. */
  feed(): void {
    this.#feeding = true;
    this.#feed();
  }

  #feed(): void {
    if (this.drained || this.credits <= 0) return;
    const jobs = this.#state.claimReady(this.credits);
    if (jobs.length === 0) return;
    this.credits -= jobs.length;
    this.#call.write({ jobs: { jobs } });
  }

  #onActs(request: ActRequest__Output): void {
    this.actRequests.push(request);
    const { refusal, hang } = this.#mode();
    const { requestId } = request;
    if (hang) return;
    if (refusal !== undefined) this.#call.write({ acts: { requestId, error: refusal } });
    else this.#call.write({ acts: { requestId, results: request.acts.map((act) => this.#state.act(act)) } });
  }
}
