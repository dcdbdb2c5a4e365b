import { ClusterId, Incarnation, LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { Calendar } from "../../src/calendar/index.ts";
import { batchCodec } from "../../src/codec/batch.ts";
import { membershipCodec } from "../../src/codec/membership.ts";
import { Machine } from "../../src/machine/index.ts";
import type { MachineRecord } from "../../src/machine/types.ts";
import { ClusterNode } from "../../src/node/node.ts";
import type {
  LogStore,
  PeerListener,
  RecordStore,
  SnapshotCall,
  SnapshotHeader,
  SnapshotStaging,
  SnapshotStore,
} from "../../src/node/ports.ts";
import type { Effect } from "../../src/raft/effects.ts";
import type { Event } from "../../src/raft/events.ts";
import type { Raft, RaftStatus } from "../../src/raft/index.ts";
import type { Configuration } from "../../src/raft/types.ts";
import { countingTelemetry, recordingLogger } from "../support/silence.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

export const n1 = NodeId("n1");
export const n2 = NodeId("n2");
export const founding: Configuration = {
  index: LogIndex(0),
  membership: { voters: [n1, n2], outgoing: [], learners: [] },
};

/** Lets pass what comes, but for while it is closed. */
class Sluice {
  #closed: Promise<void> | null = null;
  open: () => void = () => undefined;

  close(): void {
    this.#closed = new Promise((resolve) => {
      this.open = () => {
        this.#closed = null;
        resolve();
      };
    });
  }

  async passed(): Promise<void> {
    await this.#closed;
  }
}

/** Answers events as the test says, and keeps them. */
class ScriptedCore {
  readonly events: Event[] = [];
  readonly answers = new Map<Event["type"], readonly Effect[]>();
  /** Overrides of `status`. */
  now: Partial<RaftStatus> = {};

  step(event: Event): readonly Effect[] {
    this.events.push(event);
    const effects = this.answers.get(event.type) ?? [];
    this.answers.delete(event.type);
    return effects;
  }

  configurationAt(): Configuration {
    return this.now.committedConfiguration ?? founding;
  }

  status(): Partial<RaftStatus> {
    return {
      role: "follower",
      term: Term(1),
      leader: n1,
      commitIndex: LogIndex(0),
      lastIndex: LogIndex(0),
      matchedByAll: LogIndex(0),
      neededAbove: null,
      configuration: founding,
      committedConfiguration: founding,
      leaseUntil: null,
      peers: [],
      ...this.now,
    };
  }

  nextDeadline(): null {
    return null;
  }

  hasLease(): boolean {
    return false;
  }

  get isTransferring(): boolean {
    return false;
  }
}

/** One real node (n2) around a scripted core; every step of its disk is recorded, and can be held up at a gate. */
export function scriptedNode(incoming: readonly MachineRecord[], incomingIndex: LogIndex) {
  const runtime = new VirtualRuntime();
  const logger = recordingLogger();
  const core = new ScriptedCore();
  const done: string[] = [];
  const failures: unknown[] = [];
  const gates = { write: new Sluice(), checkpoint: new Sluice(), install: new Sluice(), load: new Sluice() };
  const fails = { install: null as Error | null, read: null as Error | null };
  const start = { index: LogIndex(0), term: Term(0) };
  const log: LogStore = {
    lastEntry: start,
    compacted: start,
    stage: ({ entries }) => void done.push(`stage ${entries.map(({ index }) => index).join()}`),
    stageInstall: ({ index }) => void done.push(`stageInstall ${index}`),
    write: async ({ entries }) => {
      await gates.write.passed();
      done.push(`write ${entries.map(({ index }) => index).join()}`);
    },
    read: () => (fails.read === null ? Promise.resolve([]) : Promise.reject(fails.read)),
    cutBelow: (index) => index,
    compact: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  let recordsIndex = LogIndex(0);
  const records: RecordStore = {
    get appliedIndex() {
      return recordsIndex;
    },
    async *load() {
      for (const record of incoming) {
        await gates.load.passed();
        yield [record];
      }
      done.push("load");
    },
    checkpoint: async ({ appliedIndex, records: all }) => {
      const written = [...all].length;
      await gates.checkpoint.passed();
      done.push(`checkpoint ${appliedIndex}`);
      recordsIndex = appliedIndex;
      return { bytes: 0, records: written };
    },
    close: () => Promise.resolve(),
  };
  const header: SnapshotHeader = {
    index: incomingIndex,
    term: Term(1),
    configuration: founding,
    format: 1,
    clusterId: ClusterId("c"),
    checksum: 7,
    count: incoming.length,
    sum: 1,
    bytes: 100,
  };
  const staging: SnapshotStaging = {
    progress: { bytes: 0, totalBytes: 0 },
    next: () => null,
    put: () => Promise.resolve(),
    complete: () => Promise.resolve(header),
  };
  const snapshots: SnapshotStore = {
    openSnapshot: () => Promise.resolve(null),
    stage: () => Promise.resolve(staging),
    discardStaged: () => Promise.resolve(),
    install: async ({ index }) => {
      await gates.install.passed();
      if (fails.install !== null) throw fails.install;
      done.push(`install ${index}`);
      recordsIndex = index;
    },
  };
  const call: SnapshotCall = {
    header,
    pull: () => Promise.reject(new Error("no pull")),
    close: () => undefined,
  };
  const listeners: PeerListener[] = [];
  const node = new ClusterNode({
    identity: {
      clusterId: ClusterId("c"),
      clusterName: "c",
      nodeId: n2,
      incarnation: Incarnation("i"),
      membership: founding.membership,
      joining: null,
      founding: false,
    },
    version: "0.0.0",
    formats: { min: 1, max: 1 },
    raft: core as unknown as Raft,
    machine: new Machine(),
    log,
    records,
    snapshots,
    codec: batchCodec,
    membershipCodec,
    calendar: new Calendar(),
    runtime,
    telemetry: countingTelemetry(),
    logger,
    electionTimeoutMs: 1_000,
    checkpointIntervalMs: 1_000_000,
    checkpointRecords: 1,
    keptEntries: 100,
    clientAddress: () => "",
    peerAddress: () => "",
    httpAddress: () => "",
    founding: new Map(),
    metIncarnation: () => null,
    onMembers: () => Promise.resolve(),
    onFounded: () => Promise.resolve(),
    onTakenIn: () => Promise.resolve(),
    transport: (listener) => {
      listeners.push(listener);
      return {
        setMembers: () => undefined,
        openSnapshot: () => Promise.resolve(call),
        send: (_to, message) => void done.push(`send ${message.type}`),
        close: () => Promise.resolve(),
      };
    },
    onFatal: (error) => failures.push(error),
  });
  /** The core takes the next event of `type` with these effects; a message makes it take one at once. */
  const answer = (type: Event["type"], effects: readonly Effect[]): void =>
    void core.answers.set(type, effects);
  const emit = async (...effects: readonly Effect[]): Promise<void> => {
    answer("receive", effects);
    listeners[0]?.onMessage(n1, { type: "timeoutNow", term: Term(1), untilRound: 9 }, runtime.wallMs());
    await settle();
  };
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 40; round++) {
      runtime.settle();
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
  };
  const tick = async (): Promise<void> => {
    runtime.advance(20);
    await settle();
  };
  return { node, core, done, failures, gates, fails, header, emit, answer, settle, tick, runtime, logger };
}
