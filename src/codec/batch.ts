import { LogTimeMs } from "../base/brands.ts";
import type { Act, Command, CommandBatch, JobSpec } from "../machine/types.ts";
import { notPlain, PlainReader, windowOn } from "../wire/reader.ts";
import { WireWriter } from "../wire/writer.ts";
import { actFromStored, readCompletion, type StoredAct, writeAct } from "./act.ts";
import { AlikeSpecs } from "./alikeSpecs.ts";
import { type StoredSpec, specFromStored } from "./jobSpec.ts";
import { messageType } from "./proto.ts";
import { SpecWriter } from "./specWriter.ts";
import { encodeStoredCommand, readStored, readStoredBatch, readStoredCommand } from "./storedCommand.ts";

const types = { spec: messageType("JobSpec"), act: messageType("Act") };
const writer = new WireWriter();
const specWriter = new SpecWriter();

/**
 * Data of a command entry <-> its commands (`BatchCodec` of node/ports.ts). Decoding gives the batch that was
 * encoded, but that `retryAfterMs: 0` becomes null, which means the same.
 */
export const batchCodec = { encode: encodeBatch, decode: decodeBatch } as const;

/** Encoded once, by the leader; the bytes then travel and rest as they are. */
export function encodeBatch(batch: CommandBatch): Uint8Array {
  writer.reset();
  writer.uint(1, batch.now);
  for (const command of batch.commands) writeCommand(writer, command);
  return writer.take(0);
}

/** What there is most of by hand, the rest by protobufjs. */
function writeCommand(to: WireWriter, command: Command): void {
  if (command.type === "enqueue") {
    const start = to.open(2);
    const body = to.open(1);
    for (const job of command.jobs) {
      const spec = to.open(1);
      specWriter.write(to, job);
      to.close(spec);
    }
    to.bool(2, command.atomic === true);
    to.close(body);
    to.close(start);
  } else if (command.type === "act") {
    const start = to.open(2);
    const body = to.open(3);
    for (const act of command.acts) {
      const one = to.openSmall(1);
      writeAct(to, act);
      to.closeSmall(one);
    }
    to.close(body);
    to.close(start);
  } else {
    to.bytes(2, encodeStoredCommand(command));
  }
}

/**
 * Payloads and results are windows on `data`, never copies: the machine copies those of the jobs that outlive their
 * entry (machine/jobSlabs.ts). Throws DATA_CORRUPT for bytes that are no batch, and for a command or enum value that
 * only a newer version knows: to skip it would let this node's state differ from the others'.
 */
export function decodeBatch(data: Uint8Array): CommandBatch {
  return readPlain(data) ?? readStoredBatch(data);
}

const tags = { now: 0x08, command: 0x12, enqueue: 0x0a, act: 0x1a, item: 0x0a, atomic: 0x10 } as const;

const specs = new AlikeSpecs(readStoredSpec);

function readStoredSpec(data: Uint8Array): JobSpec {
  return specFromStored(readStored(types.spec, data) as StoredSpec);
}

function readStoredAct(data: Uint8Array): Act {
  return actFromStored(readStored(types.act, data) as StoredAct);
}

/** The batch as `encodeBatch` lays it out, read by hand; null where protobufjs has to say what it is, or what is wrong. */
function readPlain(data: Uint8Array): CommandBatch | null {
  const reader = new PlainReader(data);
  let now = 0;
  const commands: Command[] = [];
  try {
    while (reader.more) {
      const tag = reader.tag();
      if (tag === tags.now) now = reader.uint();
      else if (tag !== tags.command) return null;
      else {
        const command = readCommand(reader, reader.section());
        if (command === null) return null;
        commands.push(command);
      }
      if (now < 0) return null;
    }
  } catch {
    // It is said once more, of the whole.
    return null;
  }
  return { now: LogTimeMs(now), commands };
}

/** The command that ends at `end`. */
function readCommand(reader: PlainReader, end: number): Command | null {
  if (end < 0) return null;
  const start = reader.at;
  const tag = reader.tag();
  const outer = reader.end;
  reader.end = end;
  const hasItems = (tag === tags.enqueue || tag === tags.act) && reader.section() === end;
  let command: Command | null = null;
  if (hasItems) command = tag === tags.enqueue ? readEnqueue(reader) : readActs(reader);
  else {
    reader.at = end;
    command = readStoredCommand(windowOn(reader.bytes, start, end));
  }
  reader.end = outer;
  return command;
}

function readEnqueue(reader: PlainReader): Command | null {
  const jobs: JobSpec[] = [];
  let atomic = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === tags.atomic) atomic = reader.uint();
    else if (tag !== tags.item) return null;
    else {
      const until = reader.section();
      if (until < 0) return null;
      const { bytes, at } = reader;
      const plain = specs.read(bytes, at, until);
      jobs.push(plain ?? readStoredSpec(windowOn(bytes, at, until)));
      reader.at = until;
    }
    if (atomic < 0 || atomic > 1) return null;
  }
  return atomic === 1 ? { type: "enqueue", jobs, atomic: true } : { type: "enqueue", jobs };
}

function readActs(reader: PlainReader): Command | null {
  const acts: Act[] = [];
  const { bytes } = reader;
  const inner = new PlainReader(bytes);
  while (reader.more) {
    const until = reader.tag() === tags.item ? reader.section() : notPlain;
    if (until < 0) return null;
    const { at } = reader;
    acts.push(readCompletion(inner.to(at, until)) ?? readStoredAct(windowOn(bytes, at, until)));
    reader.at = until;
  }
  return { type: "act", acts };
}
