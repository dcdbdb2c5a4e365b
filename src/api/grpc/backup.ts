import type { ServerWritableStream } from "@grpc/grpc-js";
import { ConclaveError } from "../../base/errors.ts";
import { isStale } from "../../codec/api/enums.ts";
import { snapshotHeaderToProto } from "../../codec/snapshot.ts";
import type { BackupPart } from "../../generated/conclave/v1/BackupPart.ts";
import type { BackupRequest__Output } from "../../generated/conclave/v1/BackupRequest.ts";
import { checkAddressee } from "./addressee.ts";
import type { After, ServiceContext } from "./context.ts";
import type { Received } from "./services.ts";
import { readable } from "./standing.ts";
import { opened } from "./unary.ts";

type Call = ServerWritableStream<Received<BackupRequest__Output>, BackupPart>;

const chunkBytes = 256 * 1024;

/** Backups at a time: each holds on to a state of the database, which cannot be tidied up meanwhile. */
const maxBackups = 4;

/**
 * For a client to take one part. Who pipes a backup to somewhere slow may well pause; who answers pings, but reads nothing, must not
 * hold a place for ever.
 */
const maxPartMs = 300_000;

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
    const { node, after } = this.#context;
    await readable(node, stale);
    const reader = await node.openSnapshot();
    const send = (part: BackupPart) => written(call, part, signal, after);
    try {
      await send({ header: snapshotHeaderToProto(reader.header) });
      let afterKey: Uint8Array = new Uint8Array(0);
      for (;;) {
        const chunk = await reader.read({ afterKey, have: null, maxBytes: chunkBytes });
        await send({ chunk: { ...chunk } });
        if (chunk.isLast) return;
        afterKey = chunk.lastKey;
      }
    } finally {
      await reader.close();
    }
  }
}

/** Resolves once the network has taken the part; rejects with the signal's reason, or with DEADLINE_EXCEEDED. */
function written(call: Call, part: BackupPart, signal: AbortSignal, after: After): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => over(signal.reason);
    const disarm = after(maxPartMs, () => over(notRead()));
    const over = (error: unknown): void => {
      disarm();
      signal.removeEventListener("abort", stop);
      if (error) reject(error);
      else resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
    // Never called when the call is over before: then the signal fires.
    call.write(part, over);
  });
}

function notRead(): ConclaveError {
  const why = `a part of the backup was not taken for ${maxPartMs / 60_000} minutes, and others may want its place`;
  return new ConclaveError("DEADLINE_EXCEEDED", `${why}: take it again, and read it without such a pause`);
}
