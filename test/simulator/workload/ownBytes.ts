import { hash32, SeededRandom } from "../../../src/base/random.ts";

/** Bytes that follow from a name: whoever is given those of another name, or zeros, can tell. */
export function bytesOf(name: string, length: number): Uint8Array {
  const random = new SeededRandom(name);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = random.below(256);
  return bytes;
}

/** What the holder of `token` completes the job with; it says itself whose it is. */
export function resultOf(id: string, token: number): Uint8Array {
  const name = `${id}/${token}`;
  const bytes = Buffer.alloc(tokenBytes + 4 + (hash32(name) % 24));
  bytes.writeUIntBE(token, 0, tokenBytes);
  bytes.set(bytesOf(name, bytes.length - tokenBytes), tokenBytes);
  return bytes;
}

/** Whether some attempt of this job completed it with these bytes. */
export function isResultOf(id: string, bytes: Uint8Array): boolean {
  return bytes.length > tokenBytes && isSame(bytes, resultOf(id, tokenIn(bytes)));
}

/** Of all jobs of a schedule; on the wire it is JSON. */
export function payloadOfSchedule(name: string): { readonly of: string } {
  return { of: name };
}

/** What a worker saves: which claim it had, and how far it had come. */
export interface Saved {
  readonly token: number;
  readonly step: number;
}

export function savedBytes(id: string, { token, step }: Saved): Uint8Array {
  const bytes = Buffer.alloc(tokenBytes + 6);
  bytes.writeUIntBE(token, 0, tokenBytes);
  bytes.writeUInt16BE(step, tokenBytes);
  bytes.writeUInt32BE(hash32(`${id}/${token}/${step}`), tokenBytes + 2);
  return bytes;
}

/** Null: these bytes no worker saved for this job. */
export function savedIn(id: string, bytes: Uint8Array): Saved | null {
  if (bytes.length !== tokenBytes + 6) return null;
  const saved = { token: tokenIn(bytes), step: bufferOf(bytes).readUInt16BE(tokenBytes) };
  return isSame(bytes, savedBytes(id, saved)) ? saved : null;
}

const tokenBytes = 6;

function tokenIn(bytes: Uint8Array): number {
  return bufferOf(bytes).readUIntBE(0, tokenBytes);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
