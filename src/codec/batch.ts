import { FencingToken, JobId, LogTimeMs } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import type { Act, Command, CommandBatch } from "../machine/types.ts";
import { bytesOf, type StoredSpec, specFromStored, specToStored } from "./jobSpec.ts";
import { messageType, NumberReader } from "./proto.ts";
import { streamFromStored } from "./workerStream.ts";

/** `CommandBatch` of log.proto as protobufjs decodes it; of each oneof, all but one member are null. */
interface StoredBatch {
  readonly nowMs: number;
  readonly commands: readonly StoredCommand[];
}

interface StoredCommand {
  readonly enqueue?: { readonly jobs: readonly StoredSpec[] } | null;
  readonly claim?: StoredClaim | null;
  readonly act?: { readonly acts: readonly StoredAct[] } | null;
  readonly cancel?: { readonly ids: readonly string[]; readonly reason: string } | null;
  readonly expireClaims?: { readonly claims: readonly StoredExpired[] } | null;
  readonly fireTimers?: object | null;
  readonly beginTerm?: { readonly leader: string } | null;
  readonly resumeWorker?: StoredResume | null;
}

interface StoredClaim {
  readonly workerId: string;
  readonly queues: readonly string[];
  readonly slots: number;
  /** Undefined is not written, and reads as 0: no stream. */
  readonly session: number | undefined;
  readonly stream: number | undefined;
}

interface StoredResume {
  readonly workerId: string;
  readonly session: number;
  readonly stream: number;
  readonly held: readonly { readonly id: string; readonly fencingToken: number }[];
}

interface StoredExpired {
  readonly id: string;
  readonly token: number;
}

interface StoredAct {
  readonly id: string;
  readonly fencingToken: number;
  readonly complete?: { readonly result: Uint8Array } | null;
  readonly fail?: StoredFail | null;
  readonly extend?: object | null;
  readonly release?: object | null;
}

interface StoredFail {
  readonly error: string;
  readonly notRetryable: boolean;
  readonly retryAfterMs: number;
}

const batchType = messageType("CommandBatch");

/**
 * Data of a command entry <-> its commands (`BatchCodec` of node/ports.ts). Decoding gives the batch that was
 * encoded, but that `retryAfterMs: 0` becomes null, which means the same.
 */
export const batchCodec = { encode: encodeBatch, decode: decodeBatch } as const;

/** Encoded once, by the leader; the bytes then travel and rest as they are. */
export function encodeBatch(batch: CommandBatch): Uint8Array {
  const stored: StoredBatch = { nowMs: batch.now, commands: batch.commands.map(commandToStored) };
  return batchType.encode(stored).finish();
}

/**
 * Payloads and results are windows on `data`, never copies: the machine copies those of the jobs that outlive their
 * entry (machine/specParts.ts). Throws DATA_CORRUPT for bytes that are no batch, and for a command or enum value that
 * only a newer version knows: to skip it would let this node's state differ from the others'.
 */
export function decodeBatch(data: Uint8Array): CommandBatch {
  const stored = readBatch(data);
  return { now: LogTimeMs(stored.nowMs), commands: stored.commands.map(commandFromStored) };
}

function readBatch(data: Uint8Array): StoredBatch {
  try {
    return batchType.decode(new NumberReader(data)) as unknown as StoredBatch;
  } catch (cause) {
    throw new ConclaveError(
      "DATA_CORRUPT",
      `a log entry of ${data.length} bytes is no command batch: the log is damaged; started again the node repairs it from its peers`,
      { cause },
    );
  }
}

function commandToStored(command: Command): StoredCommand {
  switch (command.type) {
    case "enqueue":
      return { enqueue: { jobs: command.jobs.map(specToStored) } };
    case "claim": {
      const { workerId, queues, slots, stream } = command;
      return { claim: { workerId, queues, slots, session: stream?.session, stream: stream?.number } };
    }
    case "act":
      return { act: { acts: command.acts.map(actToStored) } };
    case "cancel":
      return { cancel: { ids: command.ids, reason: command.reason } };
    case "expireClaims":
      return { expireClaims: { claims: command.claims } };
    case "fireTimers":
      return { fireTimers: {} };
    case "beginTerm":
      return { beginTerm: { leader: command.leader } };
    case "resumeWorker": {
      const { workerId, stream, held } = command;
      const claims = held.map(({ id, token: fencingToken }) => ({ id, fencingToken }));
      return {
        resumeWorker: { workerId, session: stream.session, stream: stream.number, held: claims },
      };
    }
  }
}

function commandFromStored(stored: StoredCommand): Command {
  if (stored.enqueue) return { type: "enqueue", jobs: stored.enqueue.jobs.map(specFromStored) };
  if (stored.act) return { type: "act", acts: stored.act.acts.map(actFromStored) };
  if (stored.claim) {
    const { workerId, queues, slots, session, stream } = stored.claim;
    const of = streamFromStored(session, stream);
    return { type: "claim", workerId, queues, slots, ...(of === null ? {} : { stream: of }) };
  }
  if (stored.cancel) {
    return { type: "cancel", ids: stored.cancel.ids.map(JobId), reason: stored.cancel.reason };
  }
  if (stored.expireClaims) {
    const claims = stored.expireClaims.claims.map(({ id, token }) => ({
      id: JobId(id),
      token: FencingToken(token),
    }));
    return { type: "expireClaims", claims };
  }
  if (stored.fireTimers) return { type: "fireTimers" };
  if (stored.beginTerm) return { type: "beginTerm", leader: stored.beginTerm.leader };
  if (stored.resumeWorker) return resumeFromStored(stored.resumeWorker);
  throw unknown("a command");
}

function resumeFromStored({ workerId, session, stream, held }: StoredResume): Command {
  return {
    type: "resumeWorker",
    workerId,
    stream: { session, number: stream },
    held: held.map(({ id, fencingToken }) => ({ id: JobId(id), token: FencingToken(fencingToken) })),
  };
}

function actToStored(act: Act): StoredAct {
  const { id, token: fencingToken } = act;
  switch (act.type) {
    case "complete":
      return { id, fencingToken, complete: { result: act.result } };
    case "fail": {
      const { error, retryable, retryAfterMs } = act;
      return {
        id,
        fencingToken,
        fail: { error, notRetryable: !retryable, retryAfterMs: retryAfterMs ?? 0 },
      };
    }
    case "extend":
      return { id, fencingToken, extend: {} };
    case "release":
      return { id, fencingToken, release: {} };
  }
}

function actFromStored(stored: StoredAct): Act {
  const id = JobId(stored.id);
  const token = FencingToken(stored.fencingToken);
  if (stored.complete) return { type: "complete", id, token, result: bytesOf(stored.complete.result) };
  if (stored.fail) {
    const { error, notRetryable, retryAfterMs } = stored.fail;
    const wish = retryAfterMs === 0 ? null : retryAfterMs;
    return { type: "fail", id, token, error, retryable: !notRetryable, retryAfterMs: wish };
  }
  if (stored.extend) return { type: "extend", id, token };
  if (stored.release) return { type: "release", id, token };
  throw unknown("an act");
}

function unknown(what: string): ConclaveError {
  return new ConclaveError(
    "DATA_CORRUPT",
    `a log entry has ${what} that this version does not know: it was written by a newer version of conclave; ` +
      "upgrade this node",
  );
}
