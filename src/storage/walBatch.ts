/** One operation of a write; `value` is null for a deletion. Both are views of the batch. */
export interface WalOperation {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

const headerBytes = 12;
const deletion = 0;
const put = 1;

/**
 * What a LevelDB WriteBatch does, in its order (layout: `write_batch.cc`): sequence number (8 bytes), count (4), then for each
 * operation its type and key, and of a put its value, each with its length before it. Throws RangeError for what is none.
 */
export function* operationsIn(batch: Uint8Array): Generator<WalOperation> {
  const at = { offset: headerBytes };
  while (at.offset < batch.length) {
    const type = batch[at.offset++];
    if (type !== put && type !== deletion) throw new RangeError(`an operation has type ${type}`);
    const key = bytesAt(batch, at);
    yield { key, value: type === put ? bytesAt(batch, at) : null };
  }
}

function bytesAt(batch: Uint8Array, at: { offset: number }): Uint8Array {
  const length = varintAt(batch, at);
  const end = at.offset + length;
  if (end > batch.length) throw new RangeError("an operation runs over the end of its write");
  const bytes = batch.subarray(at.offset, end);
  at.offset = end;
  return bytes;
}

/** Moves `at` behind it. Exact up to 2^53; sequence numbers, of which there are more, are only passed over. */
export function varintAt(bytes: Uint8Array, at: { offset: number }): number {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
    const byte = bytes[at.offset++];
    if (byte === undefined) throw new RangeError("a number runs over the end");
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw new RangeError("a number of more than 64 bits");
}
