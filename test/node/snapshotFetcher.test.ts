import { describe, expect, test } from "vitest";
import { ClusterId, LogIndex, NodeId, Term } from "../../src/base/brands.ts";
import { ConclaveError, type ErrorCode } from "../../src/base/errors.ts";
import type {
  SnapshotCall,
  SnapshotChunk,
  SnapshotHeader,
  SnapshotPull,
  SnapshotStaging,
  SnapshotStore,
} from "../../src/node/ports.ts";
import { SnapshotFetcher } from "../../src/node/snapshotFetcher.ts";
import { recordingLogger } from "../support/silence.ts";
import { VirtualRuntime } from "../support/virtualRuntime.ts";

const n1 = NodeId("n1");
const n2 = NodeId("n2");
const chunks = 4;

function header(index: number, more: Partial<SnapshotHeader> = {}): SnapshotHeader {
  return {
    index: LogIndex(index),
    term: Term(1),
    configuration: { index: LogIndex(0), membership: { voters: [n1, n2], outgoing: [], learners: [] } },
    format: 1,
    clusterId: ClusterId("c"),
    checksum: 7,
    count: chunks,
    sum: 1,
    bytes: 400,
    ...more,
  };
}

function chunk(at: number): SnapshotChunk {
  return { pairs: new Uint8Array(100), checksum: at, lastKey: key(at), same: false, isLast: at === chunks };
}

function key(at: number): Uint8Array {
  return new Uint8Array([at]);
}

/** A peer that answers pulls when told to, and a store that keeps chunks whatever they are of. */
function harness() {
  const runtime = new VirtualRuntime();
  const logger = recordingLogger();
  const events: string[] = [];
  const peer = {
    offers: header(100),
    /** Refuses the next so many streams. */
    refuses: 0,
    /** Breaks the stream at the pull after this many. */
    breaksAfter: Number.POSITIVE_INFINITY,
    /** When it refuses, or breaks the stream. */
    says: "UNAVAILABLE" as ErrorCode,
    /** Pulls wait while this is set. */
    hangs: false,
  };
  const disk = { staged: 0, failsComplete: 0, failsPut: false };

  const open = async (from: NodeId, signal: AbortSignal): Promise<SnapshotCall> => {
    events.push(`open ${from}`);
    if (peer.refuses > 0) {
      peer.refuses -= 1;
      throw new ConclaveError(peer.says, `${from} does not answer`);
    }
    let pulls = 0;
    return {
      header: peer.offers,
      pull: async (pull: SnapshotPull) => {
        if (peer.hangs)
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        signal.throwIfAborted();
        if (pulls++ >= peer.breaksAfter) throw new ConclaveError(peer.says, "the stream broke");
        return chunk((pull.afterKey[0] ?? 0) + 1);
      },
      close: () => events.push(`close ${from}`),
    };
  };
  const staging = (of: SnapshotHeader): SnapshotStaging => ({
    get progress() {
      return { bytes: disk.staged * 100, totalBytes: of.bytes };
    },
    next: (maxBytes) =>
      disk.staged === chunks ? null : { afterKey: key(disk.staged), have: null, maxBytes },
    put: async (_pull, { lastKey }) => {
      if (disk.failsPut) throw new ConclaveError("DISK_FAILED", "EIO");
      events.push(`put ${lastKey[0]}`);
      disk.staged = lastKey[0] ?? 0;
    },
    complete: async () => {
      if (disk.failsComplete-- > 0) throw new ConclaveError("DATA_CORRUPT", "the sum does not hold");
      events.push("complete");
      return of;
    },
  });
  const store: SnapshotStore = {
    openSnapshot: () => Promise.resolve(null),
    stage: async (of) => {
      events.push(`stage ${of.index}`);
      return staging(of);
    },
    discardStaged: async () => {
      events.push("discard");
      disk.staged = 0;
    },
    install: () => Promise.resolve(),
  };
  const failures: unknown[] = [];
  const fetcher = new SnapshotFetcher({
    clusterId: ClusterId("c"),
    formats: { min: 1, max: 1 },
    store,
    open,
    runtime,
    logger,
    onFetched: ({ index }) => events.push(`fetched ${index}`),
    onDeclined: () => events.push("declined"),
    onFailed: (error) => failures.push(error),
  });
  const pass = async (ms = 0): Promise<void> => {
    for (let passed = 0; passed <= ms; passed += 50) {
      for (let i = 0; i < 100; i++) await Promise.resolve();
      if (passed < ms) runtime.advance(50);
    }
  };
  const want = (from: NodeId, index: number): void =>
    fetcher.fetch(from, { index: LogIndex(index), term: Term(1) });
  return { fetcher, events, peer, disk, failures, logger, pass, want };
}

const whole = ["put 1", "put 2", "put 3", "put 4", "complete"];

describe("fetching a snapshot", () => {
  test("chunk by chunk, once, however often the core asks", async () => {
    const { fetcher, events, pass, want } = harness();
    want(n1, 100);
    want(n1, 100);
    await pass();
    want(n1, 100);
    await pass();
    expect(events).toEqual(["open n1", "stage 100", ...whole, "close n1", "fetched 100"]);
    expect(fetcher.take(header(100))).toEqual(header(100));
  });

  test("goes on where it was when the stream breaks, after a pause that grows while nothing comes", async () => {
    const { events, peer, pass, want } = harness();
    peer.breaksAfter = 2;
    want(n1, 100);
    await pass();
    expect(events.filter((event) => event.startsWith("put"))).toEqual(["put 1", "put 2"]);
    peer.refuses = 5;
    await pass(1_500);
    // At 100, 300, 700, 1500 ms: 0.1 + 0.2 + 0.4 + 0.8.
    expect(events.filter((event) => event === "open n1")).toHaveLength(5);
    await pass(6_000);
    expect(events.filter((event) => event.startsWith("put"))).toEqual(whole.slice(0, 4));
    expect(events.at(-1)).toBe("fetched 100");
  });

  test("turns to another leader at once when the core names one, and keeps what is staged", async () => {
    const { events, peer, disk, pass, want } = harness();
    peer.breaksAfter = 2;
    want(n1, 100);
    await pass();
    expect(disk.staged).toBe(2);
    peer.breaksAfter = Number.POSITIVE_INFINITY;
    peer.hangs = true;
    await pass(150);
    peer.hangs = false;
    peer.offers = header(120);
    events.length = 0;
    want(n2, 110);
    await pass();
    expect(events).toEqual([
      "close n1",
      "open n2",
      "stage 120",
      "put 3",
      "put 4",
      "complete",
      "close n2",
      "fetched 120",
    ]);
  });

  test("chunks that do not add up are thrown away, and it begins anew", async () => {
    const { events, disk, pass, want } = harness();
    disk.failsComplete = 1;
    want(n1, 100);
    await pass(1_000);
    expect(events).toEqual([
      "open n1",
      "stage 100",
      ...whole.slice(0, 4),
      "discard",
      "close n1",
      "open n1",
      "stage 100",
      ...whole,
      "close n1",
      "fetched 100",
    ]);
  });

  test("is called off when the log has caught up by itself", async () => {
    const { fetcher, events, peer, pass, want } = harness();
    peer.hangs = true;
    want(n1, 100);
    await pass();
    fetcher.check(LogIndex(99));
    await pass();
    expect(events).toEqual(["open n1", "stage 100"]);
    fetcher.check(LogIndex(100));
    await pass(3_000);
    expect(events).toEqual(["open n1", "stage 100", "close n1", "discard"]);
    expect([fetcher.isBusy, fetcher.progress]).toEqual([false, null]);
  });

  test("what the core declines is kept and offered again, until the log has caught up", async () => {
    const { fetcher, events, pass, want } = harness();
    want(n1, 90);
    await pass();
    fetcher.decided(false);
    events.length = 0;
    want(n1, 90);
    expect(events).toEqual(["fetched 100"]);
    fetcher.decided(false);
    fetcher.check(LogIndex(100));
    await pass();
    expect(events).toEqual(["fetched 100", "declined", "discard"]);
    expect(() => fetcher.take(header(100))).toThrow(/was not fetched/);
  });

  test("what is older than the leader's log begins is not offered again but fetched anew", async () => {
    const { fetcher, events, peer, disk, pass, want } = harness();
    want(n1, 90);
    await pass();
    fetcher.decided(false);
    events.length = 0;
    disk.staged = 0;
    peer.offers = header(130);
    want(n1, 120);
    await pass();
    expect(events.at(-1)).toBe("fetched 130");
  });

  test("nothing is fetched while an installation is under way", async () => {
    const { fetcher, events, pass, want } = harness();
    want(n1, 100);
    await pass();
    fetcher.decided(true);
    events.length = 0;
    want(n1, 150);
    await pass();
    expect(events).toEqual([]);
    fetcher.installed();
    want(n1, 150);
    await pass();
    expect(events).toContain("open n1");
  });

  test("a snapshot of another cluster, or of a format that this release cannot read, is not staged", async () => {
    for (const wrong of [{ clusterId: ClusterId("other") }, { format: 2 }]) {
      const { events, peer, logger, pass, want } = harness();
      peer.offers = header(100, wrong);
      want(n1, 100);
      await pass();
      expect(events).toEqual(["open n1", "close n1"]);
      expect(logger.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    }
  });

  test("a failed disk is told, and ends it", async () => {
    const { events, disk, failures, pass, want } = harness();
    disk.failsPut = true;
    want(n1, 100);
    await pass(5_000);
    expect(failures).toMatchObject([{ code: "DISK_FAILED" }]);
    expect(events).toEqual(["open n1", "stage 100", "close n1"]);
  });

  test("the sender's failed disk is no failure of ours: another try may find a better one", async () => {
    const { events, peer, failures, pass, want } = harness();
    peer.says = "DISK_FAILED";
    peer.refuses = 1;
    peer.breaksAfter = 2;
    want(n1, 100);
    await pass(150);
    expect(failures).toEqual([]);
    peer.breaksAfter = Number.POSITIVE_INFINITY;
    await pass(5_000);
    expect(failures).toEqual([]);
    expect(events).toContain("fetched 100");
  });

  test("closing ends it, and leaves what is staged for the next start", async () => {
    const { fetcher, events, peer, pass, want } = harness();
    peer.breaksAfter = 2;
    want(n1, 100);
    await pass();
    await fetcher.close();
    await pass(5_000);
    expect(events).toEqual(["open n1", "stage 100", "put 1", "put 2", "close n1"]);
  });
});
