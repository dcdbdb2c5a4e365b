import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogIndex, Term } from "../../src/base/brands.ts";
import { ConclaveError } from "../../src/base/errors.ts";
import { frameOf, frameRun } from "../../src/codec/frame.ts";
import {
  decodePeerFrame,
  encodeHello,
  encodeMessage,
  encodeRefusal,
  FrameReader,
} from "../../src/codec/peer.ts";
import { messageType } from "../../src/codec/proto.ts";
import type {
  AppendReply,
  AppendRequest,
  InstallSnapshot,
  Message,
  ReadIndexReply,
  ReadIndexRequest,
  SnapshotReply,
  VoteReply,
  VoteRequest,
} from "../../src/raft/messages.ts";
import type { Entry, EntryKind } from "../../src/raft/types.ts";
import { appendOf, entriesOf, helloFrom } from "./support.ts";

const maxTerm = Number.MAX_SAFE_INTEGER;
const anyTerm = fc.maxSafeNat().map(Term);
const requestTerm = fc.integer({ min: 1, max: maxTerm }).map(Term);
const index = fc.maxSafeNat().map(LogIndex);

const untilRound = fc.maxSafeNat().map((round) => Math.max(1, round));

const voteRequest: fc.Arbitrary<VoteRequest> = fc.record({
  type: fc.constantFrom("voteRequest", "preVoteRequest"),
  term: requestTerm,
  lastLogIndex: index,
  lastLogTerm: anyTerm,
  handedOverUntil: fc.option(untilRound),
});
const voteReply: fc.Arbitrary<VoteReply> = fc.record({
  type: fc.constantFrom("voteReply", "preVoteReply"),
  term: anyTerm,
  granted: fc.boolean(),
});
const appendReply: fc.Arbitrary<AppendReply> = fc.record({
  type: fc.constant("appendReply"),
  term: anyTerm,
  round: fc.maxSafeNat(),
  result: fc.oneof(
    fc.record({ ok: fc.constant(true), matchIndex: index }),
    fc.record({ ok: fc.constant(false), rejectedIndex: index, hintIndex: index, conflictTerm: anyTerm }),
  ),
});
const appendRequest: fc.Arbitrary<AppendRequest> = fc
  .record({
    prevLogIndex: fc.integer({ min: 0, max: 2 ** 50 }),
    prevLogTerm: fc.integer({ min: 0, max: 2 ** 40 }),
    parts: fc.array(
      fc.record({
        kind: fc.constantFrom<EntryKind>("noop", "command", "membership"),
        data: fc.uint8Array({ maxLength: 300 }),
        later: fc.nat(3),
      }),
      { maxLength: 8 },
    ),
    leaderCommit: index,
    round: fc.maxSafeNat(),
    matchedByAll: index,
    acknowledged: index,
    previousChecksum: fc.integer({ min: 0, max: 0xffff_ffff }),
  })
  .map(({ parts, prevLogIndex, prevLogTerm, previousChecksum, ...rest }) => {
    let term = Math.max(1, prevLogTerm);
    const entries = parts.map(({ kind, data, later }, i): Entry => {
      term += later;
      return { index: LogIndex(prevLogIndex + i + 1), term: Term(term), kind, data };
    });
    frameRun(entries, previousChecksum);
    const prev = { prevLogIndex: LogIndex(prevLogIndex), prevLogTerm: Term(prevLogTerm) };
    return { type: "appendRequest", term: Term(term), entries, ...prev, ...rest };
  });
const installSnapshot: fc.Arbitrary<InstallSnapshot> = fc
  .record({
    type: fc.constant("installSnapshot"),
    lastTerm: fc.integer({ min: 1, max: 2 ** 40 }),
    later: fc.nat(),
    index: fc.integer({ min: 1, max: maxTerm }),
    round: fc.maxSafeNat(),
    acknowledged: index,
  })
  .map(({ lastTerm, later, index, ...rest }) => ({
    ...rest,
    term: Term(lastTerm + later),
    lastIncluded: { index: LogIndex(index), term: Term(lastTerm) },
  }));
const snapshotReply: fc.Arbitrary<SnapshotReply> = fc.record({
  type: fc.constant("snapshotReply"),
  term: anyTerm,
  round: fc.maxSafeNat(),
  matchIndex: index,
});
const readIndexRequest: fc.Arbitrary<ReadIndexRequest> = fc.record({
  type: fc.constant("readIndexRequest"),
  term: requestTerm,
  id: fc.maxSafeNat(),
});
const readIndexReply: fc.Arbitrary<ReadIndexReply> = fc.record({
  type: fc.constant("readIndexReply"),
  term: anyTerm,
  id: fc.maxSafeNat(),
  index: fc.option(index),
});
const timeoutNow: fc.Arbitrary<Message> = fc.record({
  type: fc.constant("timeoutNow"),
  term: requestTerm,
  untilRound,
});
const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  voteRequest,
  voteReply,
  appendReply,
  appendRequest,
  installSnapshot,
  snapshotReply,
  readIndexRequest,
  readIndexReply,
  timeoutNow,
);

function decoded(message: Message, wallClockMs: number): Message {
  const frame = decodePeerFrame(encodeMessage(message, wallClockMs));
  if (frame.type !== "message") throw new Error(`a message came back as ${frame.type}`);
  expect(frame.wallClockMs).toBe(wallClockMs);
  return frame.message;
}

/** Plain bytes, so that Buffer and Uint8Array compare. */
function comparable(message: Message): unknown {
  if (message.type !== "appendRequest") return message;
  return { ...message, entries: message.entries.map((entry) => ({ ...entry, data: [...entry.data] })) };
}

describe("messages between peers", () => {
  it("come back as they were, entries with the same frames", () => {
    fc.assert(
      fc.property(anyMessage, fc.maxSafeNat(), (message, wallClockMs) => {
        const back = decoded(message, wallClockMs);
        expect(comparable(back)).toEqual(comparable(message));
        if (message.type !== "appendRequest" || back.type !== "appendRequest") return;
        expect(back.entries.map((entry) => Buffer.from(frameOf(entry)).toString("hex"))).toEqual(
          message.entries.map((entry) => Buffer.from(frameOf(entry)).toString("hex")),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("of no entries decode to no entries", () => {
    expect(decoded(appendOf([]), 1)).toEqual(appendOf([]));
  });

  it("carry hellos and refusals", () => {
    const text = fc.string({ maxLength: 40, unit: "binary" });
    const hello = fc.record({
      protocol: fc.integer({ min: 0, max: 0xffff_ffff }),
      clusterId: text,
      nodeId: text,
      incarnation: text,
      expectedNodeId: text,
      clientAddress: text,
      version: text,
      peerAddress: text,
      configurationIndex: fc.maxSafeNat(),
      member: fc.boolean(),
      founding: fc.boolean(),
      formats: fc
        .tuple(fc.integer({ min: 1, max: 0xffff }), fc.nat(0xffff))
        .map(([min, more]) => ({ min, max: min + more })),
    });
    fc.assert(
      fc.property(hello, (hello) => {
        const frame = decodePeerFrame(encodeHello(hello));
        expect(frame).toEqual({ type: "hello", hello });
      }),
    );
    const refusal = { code: "IDENTITY_MISMATCH", message: "no" };
    expect(decodePeerFrame(encodeRefusal(refusal))).toMatchObject({ type: "refusal", refusal });
  });
});

/** What any bytes may come to: anything but a raw exception. */
const foreseen = ["accepted", "INVALID_ARGUMENT", "DATA_CORRUPT", "FORMAT_UNSUPPORTED"];

function outcomeOf(bytes: Uint8Array): string {
  try {
    decodePeerFrame(bytes);
    return "accepted";
  } catch (error) {
    return error instanceof ConclaveError ? error.code : `raw: ${String(error)}`;
  }
}

describe("an election that a leader of release 0.1.0 asked for", () => {
  const fromWire = (message: object): Message => {
    const frame = decodePeerFrame(messageType("PeerFrame").encode({ message }).finish());
    if (frame.type !== "message") throw new Error(`a message came back as ${frame.type}`);
    return frame.message;
  };

  it("holds for ever: no round is named", () => {
    expect(fromWire({ timeoutNow: { term: 4 } })).toMatchObject({ untilRound: Number.MAX_SAFE_INTEGER });
    const request = { term: 4, lastLogIndex: 9, lastLogTerm: 3 };
    expect(fromWire({ voteRequest: { ...request, leadershipTransfer: true } })).toMatchObject({
      handedOverUntil: Number.MAX_SAFE_INTEGER,
    });
    expect(fromWire({ voteRequest: request })).toMatchObject({ handedOverUntil: null });
  });
});

describe("a hello of a release before membership changes", () => {
  it("is that of a founding member that reads format 1", () => {
    const frame = messageType("PeerFrame");
    const old = frame.encode({
      hello: {
        protocol: 1,
        clusterId: "test",
        nodeId: "a",
        incarnation: "x",
        expectedNodeId: "b",
        clientAddress: "a:7400",
        version: "0.1.0",
      },
    });
    expect(decodePeerFrame(old.finish())).toMatchObject({
      type: "hello",
      hello: { formats: { min: 1, max: 1 }, member: true, configurationIndex: 0, peerAddress: "" },
    });
  });

  it("of formats that are no range is refused", () => {
    expect(outcomeOf(encodeHello(helloFrom("a", "b", { formats: { min: 3, max: 2 } })))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(outcomeOf(encodeHello(helloFrom("a", "b", { formats: { min: 0, max: 2 } })))).toBe(
      "INVALID_ARGUMENT",
    );
  });
});

describe("a hello", () => {
  it("of texts that no node has is refused", () => {
    const texts = [
      "clusterId",
      "nodeId",
      "incarnation",
      "expectedNodeId",
      "clientAddress",
      "version",
      "peerAddress",
    ];
    for (const text of texts) {
      expect(outcomeOf(encodeHello(helloFrom("a", "b", { [text]: "x".repeat(512) })))).toBe("accepted");
      expect(outcomeOf(encodeHello(helloFrom("a", "b", { [text]: "x".repeat(513) })))).toBe(
        "INVALID_ARGUMENT",
      );
    }
  });
});

describe("bytes that are no frame", () => {
  it("raise a ConclaveError, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcomeOf(bytes)).toBeOneOf(foreseen);
      }),
      { numRuns: 2_000 },
    );
  });

  it("raise a ConclaveError when a valid frame is cut or one of its bytes is changed", () => {
    const flips = fc.record({ message: anyMessage, at: fc.nat(), value: fc.nat(255), cut: fc.boolean() });
    fc.assert(
      fc.property(flips, ({ message, at, value, cut }) => {
        const bytes = encodeMessage(message, 1);
        const damaged = cut ? bytes.subarray(0, at % bytes.length) : Buffer.from(bytes);
        if (!cut) damaged[at % bytes.length] = value;
        expect(outcomeOf(damaged)).toBeOneOf(foreseen);
      }),
      { numRuns: 2_000 },
    );
  });

  it("are named: empty, a damaged entry, a gap, terms out of order", () => {
    expect(outcomeOf(new Uint8Array(0))).toBe("INVALID_ARGUMENT");

    const append = appendOf(entriesOf([50, 50, 50]));
    const damaged = encodeMessage(append, 1);
    const second = damaged.indexOf(Buffer.alloc(50, 2));
    damaged[second + 7] = 99;
    expect(outcomeOf(damaged)).toBe("DATA_CORRUPT");

    expect(outcomeOf(encodeMessage({ ...append, prevLogIndex: LogIndex(4) }, 1))).toBe("INVALID_ARGUMENT");
    expect(outcomeOf(encodeMessage({ ...append, prevLogTerm: Term(2), term: Term(2) }, 1))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(outcomeOf(encodeMessage({ ...append, term: Term(0) }, 1))).toBe("INVALID_ARGUMENT");
  });

  it("are named: requests of term 0, snapshots that include nothing or what is to come, a read index withheld", () => {
    const term = Term(4);
    const zero = Term(0);
    const offer: InstallSnapshot = {
      type: "installSnapshot",
      term,
      lastIncluded: { index: LogIndex(9), term },
      round: 1,
      acknowledged: LogIndex(0),
    };
    expect(outcomeOf(encodeMessage(offer, 1))).toBe("accepted");
    for (const wrong of [
      { ...offer, term: zero },
      { ...offer, lastIncluded: { index: LogIndex(0), term } },
      { ...offer, lastIncluded: { index: LogIndex(9), term: zero } },
      { ...offer, lastIncluded: { index: LogIndex(9), term: Term(5) } },
      { type: "readIndexRequest", term: zero, id: 1 } as const,
      { type: "timeoutNow", term: zero, untilRound: 1 } as const,
    ]) {
      expect(outcomeOf(encodeMessage(wrong, 1)), JSON.stringify(wrong)).toBe("INVALID_ARGUMENT");
    }
    const withheld = { message: { readIndexReply: { term: 1, id: 1, ok: false, index: 7 } } };
    expect(outcomeOf(messageType("PeerFrame").encode(withheld).finish())).toBe("INVALID_ARGUMENT");
  });
});

describe("a bit that turns over on the way", () => {
  const single = appendOf(entriesOf([40]));
  const acknowledged: Message = {
    type: "appendReply",
    term: Term(7),
    round: 3,
    result: { ok: true, matchIndex: LogIndex(300) },
  };
  const vote: Message = { type: "voteReply", term: Term(7), granted: true };
  const each = function* (bytes: Buffer): Generator<Buffer> {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      yield damaged;
    }
  };

  it.each([single, acknowledged, vote])("in a message is found, wherever it is: $type", (message) => {
    const reader = new FrameReader();
    reader.read(encodeHello(helloFrom("a", "b")));
    for (const damaged of each(encodeMessage(message, 1_800_000_000_000)))
      expect(() => reader.read(damaged)).toThrow(
        expect.objectContaining({ code: "DATA_CORRUPT", message: expect.stringContaining("on its way") }),
      );
    expect(reader.read(encodeMessage(message, 1))).toMatchObject({ type: "message", message });
  });

  it("in the first frame of a stream is found, or takes only the checksum away", () => {
    const hello = helloFrom("a", "b");
    for (const damaged of each(encodeHello(hello))) {
      try {
        expect(new FrameReader().read(damaged)).toMatchObject({ type: "hello", hello });
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/DATA_CORRUPT|INVALID_ARGUMENT/) });
      }
    }
  });

  it("is not looked for in what a release sends that writes no checksums", () => {
    const reader = new FrameReader();
    const old = { voteReply: { pre: false, term: 7, granted: true } };
    const bytes = messageType("PeerFrame").encode({ message: old }).finish();
    for (let i = 0; i < 2; i++) expect(reader.read(bytes)).toMatchObject({ type: "message", message: vote });
  });
});
