import { ClusterId, Incarnation, JobId, LogIndex, LogTimeMs, NodeId, Term } from "../../src/base/brands.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { Calendar } from "../../src/calendar/index.ts";
import { batchCodec } from "../../src/codec/batch.ts";
import { membershipCodec } from "../../src/codec/membership.ts";
import { Machine } from "../../src/machine/index.ts";
import type { JobSpec } from "../../src/machine/types.ts";
import { ClusterNode } from "../../src/node/node.ts";
import type { LogStore, PeerListener, RecordStore, SnapshotStore } from "../../src/node/ports.ts";
import { type Message, Raft, type RaftConfig } from "../../src/raft/index.ts";
import { countingTelemetry, recordingLogger } from "./silence.ts";
import { VirtualRuntime } from "./virtualRuntime.ts";

const n1 = NodeId("n1");
const n2 = NodeId("n2");
const n3 = NodeId("n3");
export const electionTimeoutMs = 1_000;

/** One real node whose two peers agree to everything, and whose disk can be made to hang or to fail. */
export function singleNode(limits: Partial<RaftConfig> = {}) {
  const runtime = new VirtualRuntime();
  const logger = recordingLogger();
  const telemetry = countingTelemetry();
  const held: (() => void)[] = [];
  const failures: unknown[] = [];
  const disk = {
    hangs: false,
    /** What it refuses writes with. */
    failure: null as Error | null,
    /** It works again, and finishes what it was asked for meanwhile. */
    release: (): void => {
      disk.hangs = false;
      for (const finish of held.splice(0)) finish();
    },
  };
  const sent: { readonly to: NodeId; readonly message: Message }[] = [];
  const start = { index: LogIndex(0), term: Term(0) };
  const log: LogStore = {
    lastEntry: start,
    compacted: start,
    stage: () => undefined,
    write: async () => {
      if (disk.hangs) await new Promise<void>((resolve) => held.push(resolve));
      if (disk.failure !== null) throw disk.failure;
    },
    read: () => Promise.resolve([]),
    cutBelow: (index) => index,
    compact: () => Promise.resolve(),
    stageInstall: () => undefined,
    close: () => Promise.resolve(),
  };
  const snapshots: SnapshotStore = {
    openSnapshot: () => Promise.resolve(null),
    stage: () => Promise.reject(new Error("nobody offers a snapshot")),
    discardStaged: () => Promise.resolve(),
    install: () => Promise.resolve(),
  };
  const records: RecordStore = {
    appliedIndex: LogIndex(0),
    load: () => (async function* () {})(),
    checkpoint: ({ records: all }) => Promise.resolve({ bytes: 0, records: [...all].length }),
    close: () => Promise.resolve(),
  };
  const membership = { voters: [n1, n2, n3], outgoing: [], learners: [] };
  const raft = new Raft(
    {
      id: n1,
      electionTimeoutMs,
      heartbeatIntervalMs: 100,
      electionBackoff: { initialMs: 1_000, multiplier: 2, maxMs: 60_000 },
      maxAppendBytes: 1024,
      maxInflightAppends: 16,
      maxInflightBytes: 1024 * 1024,
      maxUncommittedBytes: 1024 * 1024,
      cacheBytes: 1024,
      maxPromotionLag: 100,
      membershipCodec,
      ...limits,
    },
    {
      newcomer: null,
      hardState: { currentTerm: Term(0), votedFor: null },
      configuration: { index: LogIndex(0), membership },
      compacted: start,
      appliedIndex: LogIndex(0),
      termStarts: [],
      entries: [],
    },
    new SeededRandom(1),
    runtime.monotonicMs(),
  );
  let listener: PeerListener | null = null;
  const node = new ClusterNode({
    identity: {
      clusterId: ClusterId("c"),
      clusterName: "c",
      nodeId: n1,
      incarnation: Incarnation("i"),
      membership,
      joining: null,
      founding: false,
    },
    version: "0.0.0",
    formats: { min: 1, max: 1 },
    raft,
    machine: new Machine(),
    log,
    records,
    snapshots,
    codec: batchCodec,
    membershipCodec,
    calendar: new Calendar(),
    runtime,
    telemetry,
    logger,
    electionTimeoutMs,
    checkpointIntervalMs: 1_000_000,
    checkpointRecords: 1_000_000,
    keptEntries: 100,
    clientAddress: () => "",
    peerAddress: () => "",
    httpAddress: () => "",
    founding: new Map(),
    metIncarnation: () => null,
    onMembers: () => Promise.resolve(),
    onFounded: () => Promise.resolve(),
    onTakenIn: () => Promise.resolve(),
    transport: (theListener) => {
      listener = theListener;
      return {
        setMembers: () => undefined,
        openSnapshot: () => Promise.reject(new Error("nobody offers a snapshot")),
        send: (to, message) => sent.push({ to, message }),
        close: () => Promise.resolve(),
      };
    },
    onFatal: (error) => {
      if (error !== disk.failure) throw error;
      failures.push(error);
    },
  });
  /** Lets time pass in small steps; the peers answer all that they were sent. */
  const run = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 20) {
      runtime.advance(20);
      for (const { to, message } of sent.splice(0)) {
        const reply = agreement(message);
        if (reply !== null) listener?.onMessage(to, reply, runtime.wallMs());
        else asked.push({ to, message });
      }
      runtime.settle();
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
  };
  const asked: { readonly to: NodeId; readonly message: Message }[] = [];
  return { node, disk, failures, run, asked, sent, logger, runtime, telemetry };
}

function agreement(message: Message): Message | null {
  switch (message.type) {
    case "preVoteRequest":
      return { type: "preVoteReply", term: message.term, granted: true };
    case "voteRequest":
      return { type: "voteReply", term: message.term, granted: true };
    case "appendRequest": {
      const matchIndex = LogIndex(message.prevLogIndex + message.entries.length);
      const { term, round } = message;
      return { type: "appendReply", term, round, result: { ok: true, matchIndex } };
    }
    case "preVoteReply":
    case "voteReply":
    case "appendReply":
    case "timeoutNow":
    case "installSnapshot":
    case "snapshotReply":
    case "readIndexRequest":
    case "readIndexReply":
      return null;
  }
}

export function job(id: string): JobSpec {
  return {
    id: JobId(id),
    queue: "q",
    priority: "normal",
    payload: new Uint8Array(),
    agent: "",
    runAt: LogTimeMs(0),
    delayMs: 0,
    retry: { maxAttempts: 1, initialBackoffMs: 1, multiplier: 1, maxBackoffMs: 1, jitter: "none" },
    leaseMs: 1_000,
    retentionMs: 1_000,
    deadRetentionMs: 1_000,
  };
}
