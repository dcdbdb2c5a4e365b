import { ClusterId, Incarnation, LogIndex, NodeId, Term } from "../base/brands.ts";
import type { Logger } from "../base/logger.ts";
import { SeededRandom } from "../base/random.ts";
import { Calendar } from "../calendar/index.ts";
import { batchCodec } from "../codec/batch.ts";
import { formats } from "../codec/formats.ts";
import { membershipCodec } from "../codec/membership.ts";
import { Machine } from "../machine/index.ts";
import { ClusterNode } from "../node/node.ts";
import type { Telemetry } from "../node/ports.ts";
import { Raft } from "../raft/index.ts";
import { ForgetfulRecords, MemoryLog, noSnapshots } from "./memoryStores.ts";
import type { VirtualTime } from "./virtualTime.ts";

/** Long, as each heartbeat of a node that is alone would be a step on the way of time. */
const electionTimeoutMs = 60_000;
/** Records that have changed, before a checkpoint lets the log be cut. */
const checkpointRecords = 10_000;

const id = NodeId("test");
const membership = { voters: [id], outgoing: [], learners: [] } as const;
const start = { index: LogIndex(0), term: Term(0) };
const nothing = (): void => undefined;
const done = (): Promise<void> => Promise.resolve();

const noTelemetry: Telemetry = {
  durableWrite: nothing,
  commitLatency: nothing,
  attemptFailed: nothing,
  jobDead: nothing,
  attemptsStarted: nothing,
  scheduleFired: nothing,
  checkpoint: nothing,
  snapshotSent: nothing,
  turn: nothing,
};

/** A whole node that is alone: the real core, machine and driver, on virtual time and with nothing on disk. */
export function testNode(time: VirtualTime, logger: Logger, onFatal: (error: unknown) => void): ClusterNode {
  return new ClusterNode({
    identity: {
      clusterId: ClusterId("test"),
      clusterName: "test",
      nodeId: id,
      incarnation: Incarnation("test"),
      membership,
      joining: null,
      founding: false,
    },
    version: "test",
    formats,
    raft: testRaft(time),
    machine: new Machine(),
    log: new MemoryLog(),
    records: new ForgetfulRecords(),
    snapshots: noSnapshots,
    codec: batchCodec,
    membershipCodec,
    calendar: new Calendar(),
    runtime: time,
    telemetry: noTelemetry,
    logger,
    electionTimeoutMs,
    checkpointIntervalMs: Number.POSITIVE_INFINITY,
    checkpointRecords,
    keptEntries: 0,
    clientAddress: () => testAddress,
    peerAddress: () => "",
    httpAddress: () => "",
    founding: new Map(),
    metIncarnation: () => null,
    onMembers: done,
    onFounded: done,
    onTakenIn: done,
    transport: () => ({
      setMembers: nothing,
      openSnapshot: () => Promise.reject(new Error("the node of a test cluster is alone")),
      send: nothing,
      close: done,
    }),
    onFatal,
  });
}

/** No port: where the SDK believes the node to be. */
export const testAddress = "test:7400";

function testRaft(time: VirtualTime): Raft {
  return new Raft(
    {
      id,
      electionTimeoutMs,
      heartbeatIntervalMs: electionTimeoutMs / 2,
      electionBackoff: { initialMs: 1_000, multiplier: 2, maxMs: 60_000 },
      maxAppendBytes: 1024 * 1024,
      maxInflightAppends: 64,
      maxInflightBytes: 8 * 1024 * 1024,
      maxUncommittedBytes: 64 * 1024 * 1024,
      cacheBytes: 16 * 1024 * 1024,
      maxPromotionLag: 1_000,
      membershipCodec,
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
    new SeededRandom("test"),
    time.monotonicMs(),
  );
}
