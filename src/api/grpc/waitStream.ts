import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { JobId } from "../../base/brands.ts";
import { endedJobBytes, endedJobToWire } from "../../codec/api/job.ts";
import { moreWaiting } from "../../codec/api/jobRequests.ts";
import { requestId } from "../../codec/api/jobSpec.ts";
import type { EndedJob } from "../../generated/conclave/v1/EndedJob.ts";
import type { WaitStreamReply } from "../../generated/conclave/v1/WaitStreamReply.ts";
import type { WaitStreamRequest__Output } from "../../generated/conclave/v1/WaitStreamRequest.ts";
import type { ServiceContext } from "./context.ts";
import { ReplyStream } from "./replyStream.ts";
import type { Received } from "./services.ts";
import { readable } from "./standing.ts";
import { opened } from "./unary.ts";
import { noSuchJob } from "./wait.ts";

type Call = ServerDuplexStream<Received<WaitStreamRequest__Output>, WaitStreamReply>;

/** One reply's worth of jobs: clients take 4 MiB. */
const maxReplyBytes = 1024 * 1024;

/**
 * `Jobs.WaitStream`: tells of each job once, when it has ended. Only ids wait here for a slow reader; the jobs are read
 * when they can leave.
 */
export class WaitStream {
  readonly #context: ServiceContext;
  readonly #call: Call;
  readonly #stream: ReplyStream<WaitStreamRequest__Output, WaitStreamReply>;
  readonly #watched = new Map<JobId, () => void>();
  /** Ended, and not told of yet. */
  readonly #ended = new Set<JobId>();
  /** Of requests whose read is under way. */
  #asking = 0;
  #writing = false;

  constructor(context: ServiceContext, call: Call) {
    this.#context = context;
    this.#call = call;
    const leave = context.calls.add((reason) => this.#fail(reason));
    this.#stream = new ReplyStream<WaitStreamRequest__Output, WaitStreamReply>(
      call,
      context.streamLimits,
      () => {
        leave();
        this.#unwatchAll();
      },
    );
  }

  /** Begins to read. */
  open(): void {
    this.#call.on("data", (received: Received<WaitStreamRequest__Output>) => {
      if (this.#stream.ending) return;
      try {
        const { message, bytes } = opened(received);
        this.#onRequest(message, bytes);
      } catch (error) {
        this.#fail(error);
      }
    });
    this.#call.on("end", () => {
      this.#unwatchAll();
      this.#stream.end(null);
    });
  }

  #onRequest(message: WaitStreamRequest__Output, bytes: number): void {
    const asked = requestId(message.requestId);
    const waiting = this.#asking + this.#watched.size + this.#ended.size;
    const { ids, forget } = moreWaiting(message, bytes, waiting, this.#context.sizes);
    this.#asking += ids.length;
    this.#stream.run(bytes, async () => {
      try {
        await readable(this.#context.node, false);
        for (const id of forget) this.#forget(id);
        for (const id of ids) this.#watch(id);
      } catch (error) {
        this.#fail(error);
      }
      this.#asking -= ids.length;
      return { requestId: asked };
    });
  }

  #watch(id: JobId): void {
    if (this.#stream.ending || this.#watched.has(id) || this.#ended.has(id)) return;
    const { ends } = this.#context.node;
    if (ends.over(id)) return this.#onEnd(id);
    this.#watched.set(
      id,
      ends.watch(id, () => this.#onEnd(id)),
    );
  }

  #onEnd(id: JobId): void {
    this.#watched.delete(id);
    this.#ended.add(id);
    if (this.#writing) return;
    this.#writing = true;
    // What ends in the same turn goes along.
    setImmediate(() => this.#tell());
  }

  #tell(): void {
    const jobs: EndedJob[] = [];
    let bytes = 0;
    for (const id of this.#ended) {
      const job = this.#context.node.state.job(id);
      bytes += job === undefined ? 0 : endedJobBytes(job);
      if (jobs.length > 0 && bytes > maxReplyBytes) break;
      this.#ended.delete(id);
      jobs.push(
        job === undefined
          ? { id, error: this.#context.errors.detail(noSuchJob(id), this.#stream.path) }
          : { id, job: endedJobToWire(job) },
      );
    }
    this.#writing = jobs.length > 0;
    if (this.#writing) this.#stream.write({ requestId: 0, jobs }, () => this.#tell());
  }

  #forget(id: JobId): void {
    this.#watched.get(id)?.();
    this.#watched.delete(id);
    this.#ended.delete(id);
  }

  #fail(error: unknown): void {
    this.#unwatchAll();
    this.#stream.end(this.#context.errors.status(error, this.#stream.path));
  }

  #unwatchAll(): void {
    for (const unwatch of this.#watched.values()) unwatch();
    this.#watched.clear();
    this.#ended.clear();
  }
}
