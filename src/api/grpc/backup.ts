import type { ServerWritableStream } from "@grpc/grpc-js";
import { ConclaveError } from "../../base/errors.ts";
import { isStale } from "../../codec/api/enums.ts";
import { snapshotHeaderToProto } from "../../codec/snapshot.ts";
import type { BackupPart } from "../../generated/conclave/v1/BackupPart.ts";
import type { BackupRequest__Output } from "../../generated/conclave/v1/BackupRequest.ts";
import { checkAddressee } from "./addressee.ts";
import type { ServiceContext } from "./context.ts";
import type { Received } from "./services.ts";
import { readable } from "./standing.ts";
import { opened } from "./unary.ts";

type Call = ServerWritableStream<Received<BackupRequest__Output>, BackupPart>;

const chunkBytes = 256 * 1024;

/** Backups at a time: each holds on to a state of the database, which cannot be tidied up meanwhile. */
const maxBackups = 4;

/** `Cluster.Backup`: the header, then chunk after chunk, each read only when the one before it has left. */
export class Backups {
  readonly #context: ServiceContext;
  #running = 0;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** Handles one call; what goes wrong becomes its status. */
  async serve(call: Call): Promise<void> {
    const { calls, errors } = this.#context;
    const ended = new AbortController();
    // Emitted by grpc-js after a regular end as well.
    call.once("cancelled", () => ended.abort(new ConclaveError("ABORTED", "the client has left")));
    let leave = (): void => undefined;
    try {
      leave = calls.add((reason) => ended.abort(reason));
      checkAddressee(this.#context, call);
      const { message } = opened(call.request);
      if (this.#running >= maxBackups) {
        throw new ConclaveError("OVERLOADED", `${maxBackups} backups are being read from this node already`, {
          retryAfterMs: 1000,
        });
      }
      this.#running++;
      try {
        await this.#copy(call, isStale("consistency", message.consistency), ended.signal);
      } finally {
        this.#running--;
      }
      call.end();
    } catch (error) {
      // grpc-js takes the status of a stream from its "error" event.
      if (!call.cancelled) call.emit("error", errors.status(error, call.getPath()));
    } finally {
      leave();
    }
  }

  async #copy(call: Call, stale: boolean, signal: AbortSignal): Promise<void> {
    const { node } = this.#context;
    await readable(node, stale);
    const reader = await node.openSnapshot();
    try {
      await written(call, { header: snapshotHeaderToProto(reader.header) }, signal);
      let afterKey: Uint8Array = new Uint8Array(0);
      for (;;) {
        const chunk = await reader.read({ afterKey, have: null, maxBytes: chunkBytes });
        await written(call, { chunk: { ...chunk } }, signal);
        if (chunk.isLast) return;
        afterKey = chunk.lastKey;
      }
    } finally {
      await reader.close();
    }
  }
}

/** Resolves once the network has taken the part; rejects with the signal's reason. */
function written(call: Call, part: BackupPart, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    // Never called when the call is over before: then the signal fires.
    call.write(part, (error?: Error | null) => {
      signal.removeEventListener("abort", stop);
      if (error) reject(error);
      else resolve();
    });
  });
}
