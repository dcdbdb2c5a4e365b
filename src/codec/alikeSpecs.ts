import { JobId } from "../base/brands.ts";
import type { JobSpec } from "../machine/types.ts";
import { isName, PlainReader, windowOn } from "../wire/reader.ts";

const tags = {
  id: 0x0a,
  queue: 0x12,
  priority: 0x18,
  payload: 0x22,
  agent: 0x2a,
  runAt: 0x30,
  delayMs: 0x38,
  retry: 0x42,
  leaseMs: 0x48,
  retentionMs: 0x50,
  deadRetentionMs: 0x58,
  key: 0x6a,
  timeouts: 0x7a,
} as const;

const headTags: readonly number[] = [tags.queue, tags.priority];
/** What jobs that come one after the other tend to have in common. */
const tailTags: readonly number[] = [
  tags.agent,
  tags.runAt,
  tags.delayMs,
  tags.retry,
  tags.leaseMs,
  tags.retentionMs,
  tags.deadRetentionMs,
  tags.key,
  tags.timeouts,
];

/** Kinds remembered; beyond it they are forgotten and learned anew. */
const maxKinds = 500;
const maxKindBytes = 1024;

/** Jobs that differ in their ids and payloads only: the bytes before and after the payload, and what they mean. */
interface Kind {
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly rest: JobSpec;
  /** It has no field but those that every job has. */
  readonly simple: boolean;
}

/**
 * Reads `JobSpec` messages of which many are alike: what comes beside id and payload is decoded once for each kind, and
 * recognised by its bytes from then on. Their specs share its parts, so that the machine sees at a glance that they agree.
 */
export class AlikeSpecs {
  readonly #decode: (rest: Buffer) => JobSpec | null;
  readonly #kinds = new Map<string, Kind>();
  #last: Kind | null = null;

  /** `decode`: of a spec without payload, its id a mere "x"; null, or a throw, for one that is not right. */
  constructor(decode: (rest: Buffer) => JobSpec | null) {
    this.#decode = decode;
  }

  /**
   * The spec that lies in these bytes. Null for one that is not laid out as our writers do, or that has an id which may
   * not be one, or is not right, or is special: the usual way to decode it gives the spec, or tells what is wrong.
   */
  read(bytes: Buffer, start: number, end: number): JobSpec | null {
    const idAt = start + 2;
    const headAt = idAt + (bytes[start + 1] ?? 0);
    if (bytes[start] !== tags.id || headAt > end || !isName(bytes, idAt, headAt)) return null;
    const last = this.#last;
    if (last !== null) {
      const spec = specOf(last, bytes, { idAt, headAt, end });
      if (spec !== null) return spec;
    }
    const kind = this.#find(bytes, headAt, end);
    if (kind === null) return null;
    this.#last = kind;
    return specOf(kind, bytes, { idAt, headAt, end });
  }

  #find(bytes: Buffer, headAt: number, end: number): Kind | null {
    const reader = new PlainReader(bytes, headAt, end);
    if (!skip(reader, headTags)) return null;
    const headEnd = reader.at;
    if (reader.more && bytes[headEnd] === tags.payload) {
      reader.at += 1;
      const payloadEnd = reader.section();
      if (payloadEnd < 0) return null;
      reader.at = payloadEnd;
    }
    const tailAt = reader.at;
    if (headEnd - headAt + (end - tailAt) > maxKindBytes) return null;
    if (!skip(reader, tailTags) || reader.at !== end) return null;
    const [head, tail] = [
      Buffer.from(bytes.subarray(headAt, headEnd)),
      Buffer.from(bytes.subarray(tailAt, end)),
    ];
    const name = `${head.length}/${head.toString("latin1")}${tail.toString("latin1")}`;
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const kind = this.#learn(head, tail);
    if (kind === null) return null;
    if (this.#kinds.size >= maxKinds) this.#kinds.clear();
    this.#kinds.set(name, kind);
    return kind;
  }

  #learn(head: Buffer, tail: Buffer): Kind | null {
    const rest = this.#decode(Buffer.concat([Buffer.of(tags.id, 1, 0x78), head, tail]));
    if (rest === null) return null;
    const simple = rest.key === undefined && rest.timeouts === undefined;
    return { head, tail, rest, simple };
  }
}

interface Place {
  readonly idAt: number;
  readonly headAt: number;
  readonly end: number;
}

/** Null when the job is of another kind. */
function specOf({ head, tail, rest, simple }: Kind, bytes: Buffer, place: Place): JobSpec | null {
  const { idAt, headAt, end } = place;
  if (!lies(bytes, headAt, end, head)) return null;
  let payloadAt = headAt + head.length;
  let payloadEnd = payloadAt;
  if (payloadAt < end && bytes[payloadAt] === tags.payload) {
    let length = 0;
    let shift = 0;
    do {
      payloadAt += 1;
      length |= ((bytes[payloadAt] ?? 0) & 0x7f) << shift;
      shift += 7;
    } while ((bytes[payloadAt] ?? 0) >= 0x80 && shift < 28);
    if ((bytes[payloadAt] ?? 0x80) >= 0x80) return null;
    payloadAt += 1;
    payloadEnd = payloadAt + length;
  }
  if (payloadEnd + tail.length !== end || !lies(bytes, payloadEnd, end, tail)) return null;
  const id = JobId(bytes.toString("latin1", idAt, headAt));
  const payload = windowOn(bytes, payloadAt, payloadEnd);
  if (!simple) return { ...rest, id, payload };
  return {
    id,
    queue: rest.queue,
    priority: rest.priority,
    payload,
    agent: rest.agent,
    runAt: rest.runAt,
    delayMs: rest.delayMs,
    retry: rest.retry,
    leaseMs: rest.leaseMs,
    retentionMs: rest.retentionMs,
    deadRetentionMs: rest.deadRetentionMs,
  };
}

/** Whether `wanted` lies at `at`, and before `end`. */
function lies(bytes: Buffer, at: number, end: number, wanted: Buffer): boolean {
  const { length } = wanted;
  if (at + length > end) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Passes the fields that come next as long as they are of these, in their order and each at most once. */
function skip(reader: PlainReader, known: readonly number[]): boolean {
  let last = -1;
  while (reader.more) {
    const place = known.indexOf(reader.bytes[reader.at] ?? 0);
    if (place <= last) return true;
    last = place;
    const tag = reader.tag();
    const isText = (tag & 7) === 2;
    const value = isText ? reader.section() : reader.uint();
    // A time is hardly ever two jobs'.
    if (value < 0 || (tag === tags.runAt && value !== 0)) return false;
    if (isText) reader.at = value;
  }
  return true;
}
