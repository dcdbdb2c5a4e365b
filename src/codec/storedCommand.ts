import type protobuf from "protobufjs";
import { FencingToken, JobId, LogTimeMs } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { newestRules } from "../machine/rules.ts";
import type { Command, CommandBatch } from "../machine/types.ts";
import { actFromStored, type StoredAct, unknownInLog } from "./act.ts";
import { type StoredSpec, specFromStored } from "./jobSpec.ts";
import { operatorFromStored, operatorToStored, type StoredOperatorCommand } from "./operatorCommand.ts";
import { messageType, NumberReader } from "./proto.ts";
import { streamFromStored } from "./workerStream.ts";

/** `CommandBatch` of log.proto as protobufjs decodes it; of each oneof, all but one member are null. */
interface StoredBatch {
  readonly nowMs: number;
  readonly commands: readonly StoredCommand[];
}

interface StoredCommand extends StoredOperatorCommand {
  readonly enqueue?: StoredEnqueue | null;
  readonly claim?: StoredClaim | null;
  readonly act?: { readonly acts: readonly StoredAct[] } | null;
  readonly cancel?: { readonly ids: readonly string[]; readonly reason: string } | null;
  readonly expireClaims?: { readonly claims: readonly StoredExpired[] } | null;
  readonly fireTimers?: object | null;
  /** Undefined is not written, and reads as 0. */
  readonly beginTerm?: { readonly leader: string; readonly rules: number | undefined } | null;
  readonly resumeWorker?: StoredResume | null;
}

interface StoredEnqueue {
  readonly jobs: readonly StoredSpec[];
  readonly atomic?: boolean | undefined;
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

const types = { batch: messageType("CommandBatch"), command: messageType("Command") };

/** A whole batch as protobufjs reads it. Throws DATA_CORRUPT. */
export function readStoredBatch(data: Uint8Array): CommandBatch {
  const { nowMs, commands } = readStored(types.batch, data) as StoredBatch;
  return { now: LogTimeMs(nowMs), commands: commands.map(commandFromStored) };
}

/** One command. Throws DATA_CORRUPT. */
export function readStoredCommand(data: Uint8Array): Command {
  return commandFromStored(readStored(types.command, data) as StoredCommand);
}

/** `Command` of log.proto, but for the kinds that are written by hand. */
export function encodeStoredCommand(command: Exclude<Command, WrittenByHand>): Uint8Array {
  return types.command.encode(commandToStored(command)).finish();
}

/** Throws DATA_CORRUPT for bytes that are none of `type`. */
export function readStored(type: protobuf.Type, data: Uint8Array): unknown {
  try {
    return type.decode(new NumberReader(data));
  } catch (cause) {
    throw new ConclaveError(
      "DATA_CORRUPT",
      `a log entry of ${data.length} bytes is no command batch: the log is damaged; started again the node repairs it from its peers`,
      { cause },
    );
  }
}

type WrittenByHand = Extract<Command, { readonly type: "enqueue" | "act" }>;

function commandToStored(command: Exclude<Command, WrittenByHand>): StoredCommand {
  switch (command.type) {
    case "claim": {
      const { workerId, queues, slots, stream } = command;
      return { claim: { workerId, queues, slots, session: stream?.session, stream: stream?.number } };
    }
    case "cancel":
      return { cancel: { ids: command.ids, reason: command.reason } };
    case "expireClaims":
      return { expireClaims: { claims: command.claims } };
    case "fireTimers":
      return { fireTimers: {} };
    case "beginTerm":
      return { beginTerm: { leader: command.leader, rules: command.rules } };
    case "resumeWorker": {
      const { workerId, stream, held } = command;
      const claims = held.map(({ id, token: fencingToken }) => ({ id, fencingToken }));
      return {
        resumeWorker: { workerId, session: stream.session, stream: stream.number, held: claims },
      };
    }
    case "setQueue":
    case "setBreaker":
    case "manage":
    case "putSchedule":
    case "deleteSchedule":
    case "pauseSchedule":
    case "fireSchedule":
      return operatorToStored(command);
  }
}

function commandFromStored(stored: StoredCommand): Command {
  if (stored.enqueue) {
    const jobs = stored.enqueue.jobs.map(specFromStored);
    return { type: "enqueue", jobs, ...(stored.enqueue.atomic === true && { atomic: true }) };
  }
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
  if (stored.beginTerm) return beginTermFromStored(stored.beginTerm);
  if (stored.resumeWorker) return resumeFromStored(stored.resumeWorker);
  const command = operatorFromStored(stored);
  if (command === null) throw unknownInLog("a command");
  return command;
}

function beginTermFromStored({ leader, rules = 0 }: NonNullable<StoredCommand["beginTerm"]>): Command {
  if (rules > newestRules) throw unknownInLog("rules of the machine");
  return { type: "beginTerm", leader, ...(rules > 0 && { rules }) };
}

function resumeFromStored({ workerId, session, stream, held }: StoredResume): Command {
  return {
    type: "resumeWorker",
    workerId,
    stream: { session, number: stream },
    held: held.map(({ id, fencingToken }) => ({ id: JobId(id), token: FencingToken(fencingToken) })),
  };
}
