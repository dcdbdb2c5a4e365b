import type { SnapshotAnswer__Output } from "../generated/conclave/v1/SnapshotAnswer.ts";
import type { SnapshotCall__Output } from "../generated/conclave/v1/SnapshotCall.ts";
import type { SnapshotChunk, SnapshotHeader, SnapshotPull } from "../node/ports.ts";
import { helloFromWire, helloToWire, type PeerHello, type PeerRefusal } from "./peerHello.ts";
import { malformed, sealedType } from "./peerWire.ts";
import {
  snapshotChunkFromProto,
  snapshotHeaderFromProto,
  snapshotHeaderToProto,
  snapshotPullFromProto,
  snapshotPullToProto,
} from "./snapshot.ts";

export type { SnapshotChunk, SnapshotHeader, SnapshotPull } from "../node/ports.ts";

/** What the puller of a snapshot sends. */
export type SnapshotCallFrame =
  | { readonly type: "hello"; readonly hello: PeerHello }
  | { readonly type: "pull"; readonly pull: SnapshotPull };

/** What it is answered: the header or a refusal to the hello, a chunk to each pull. */
export type SnapshotAnswerFrame =
  | { readonly type: "refusal"; readonly refusal: PeerRefusal }
  | { readonly type: "header"; readonly header: SnapshotHeader }
  | { readonly type: "chunk"; readonly chunk: SnapshotChunk };

/** Keys are ids with a letter before them; longer ones are nobody's. */
const maxKeyBytes = 4096;

const callType = sealedType<SnapshotCall__Output>("SnapshotCall");
const answerType = sealedType<SnapshotAnswer__Output>("SnapshotAnswer");

export function encodeSnapshotHello(hello: PeerHello): Buffer {
  return callType.encode({ hello: helloToWire(hello) });
}

export function encodePull(pull: SnapshotPull): Buffer {
  return callType.encode({ pull: snapshotPullToProto(pull) });
}

/** Throws INVALID_ARGUMENT for what no correct node sends. */
export function decodeSnapshotCall(bytes: Uint8Array): SnapshotCallFrame {
  const call = callType.decode(bytes);
  if (call.hello) return { type: "hello", hello: helloFromWire(call.hello) };
  if (!call.pull) throw malformed("it is neither hello nor pull");
  const pull = snapshotPullFromProto(call.pull);
  const { afterKey, have } = pull;
  if (afterKey.length > maxKeyBytes || (have?.throughKey.length ?? 0) > maxKeyBytes) {
    throw malformed(`a pull names a key of more than ${maxKeyBytes} bytes`);
  }
  if (have !== null && Buffer.compare(have.throughKey, afterKey) <= 0) {
    throw malformed("a pull has its keys out of order");
  }
  return { type: "pull", pull };
}

export function encodeSnapshotRefusal(refusal: PeerRefusal): Buffer {
  return answerType.encode({ refusal });
}

export function encodeSnapshotStart(header: SnapshotHeader): Buffer {
  return answerType.encode({ header: snapshotHeaderToProto(header) });
}

export function encodeChunk(chunk: SnapshotChunk): Buffer {
  return answerType.encode({ chunk });
}

/** Bytes in it are views of `bytes`. Throws INVALID_ARGUMENT for what no correct node sends. */
export function decodeSnapshotAnswer(bytes: Uint8Array): SnapshotAnswerFrame {
  const answer = answerType.decode(bytes);
  if (answer.chunk) return { type: "chunk", chunk: snapshotChunkFromProto(answer.chunk) };
  if (answer.header) return { type: "header", header: snapshotHeaderFromProto(answer.header) };
  if (answer.refusal) return { type: "refusal", refusal: answer.refusal };
  throw malformed("it is neither refusal, header nor chunk");
}
