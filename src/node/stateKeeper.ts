import type { MonotonicMs, NodeId } from "../base/brands.ts";
import { ConclaveError } from "../base/errors.ts";
import { SeededRandom } from "../base/random.ts";
import type { RaftStatus } from "../raft/config.ts";
import type { Event } from "../raft/events.ts";
import type { Configuration } from "../raft/types.ts";
import { Checkpointer } from "./checkpointer.ts";
import type { ClusterNodeOptions } from "./clusterNodeOptions.ts";
import type { PeerTransport, SnapshotHeader, SnapshotReader } from "./ports.ts";
import type { MemberView } from "./service.ts";
import { SnapshotDesk } from "./snapshotDesk.ts";
import { SnapshotFetcher } from "./snapshotFetcher.ts";
import { SnapshotInstaller } from "./snapshotInstaller.ts";
import { SnapshotLoops } from "./snapshotLoops.ts";

export interface StateKeeperOptions extends ClusterNodeOptions {
  readonly openSnapshot: PeerTransport["openSnapshot"];
  readonly post: (event: Event) => void;
  /** In force as of the machine's applied index. */
  readonly appliedConfiguration: () => Configuration;
  readonly status: () => RaftStatus;
}

/** Keeps the machine's state: checkpoints of it, its snapshot for others, and theirs in its place. */
export class StateKeeper {
  readonly fetcher: SnapshotFetcher;
  readonly installer: SnapshotInstaller;
  readonly #options: StateKeeperOptions;
  readonly #checkpointer: Checkpointer;
  readonly #desk: SnapshotDesk;
  readonly #loops: SnapshotLoops;
  readonly #stopping = new AbortController();

  constructor(options: StateKeeperOptions) {
    const { machine, records, log, snapshots, runtime, telemetry, logger, post, onFatal } = options;
    this.#options = options;
    this.#checkpointer = new Checkpointer({
      machine,
      records,
      log,
      runtime,
      telemetry,
      logger,
      random: new SeededRandom(`${options.identity.incarnation}/checkpoints`),
      intervalMs: options.checkpointIntervalMs,
      maxDirtyRecords: options.checkpointRecords,
      keptEntries: options.keptEntries,
      configuration: options.appliedConfiguration,
      needs: options.status,
      onCheckpointed: (index) => post({ type: "checkpointed", index }),
      onCompacted: (index) => post({ type: "compacted", index }),
      onFailed: onFatal,
    });
    this.#desk = new SnapshotDesk({ store: snapshots, telemetry, onFatal });
    this.#loops = new SnapshotLoops(logger);
    this.fetcher = new SnapshotFetcher({
      clusterId: options.identity.clusterId,
      formats: options.formats,
      store: snapshots,
      open: options.openSnapshot,
      runtime,
      logger,
      onFetched: (header) => void this.#offer(header),
      onDeclined: () => this.#checkpointer.resume(),
      onFailed: onFatal,
    });
    this.installer = new SnapshotInstaller({
      store: snapshots,
      records,
      machine,
      runtime,
      logger,
      holdCheckpoints: () => this.#checkpointer.hold(),
      resumeCheckpoints: () => this.#checkpointer.resume(),
      signal: this.#stopping.signal,
    });
  }

  tick(leads: boolean): void {
    this.#checkpointer.check();
    const { runtime, status } = this.#options;
    if (this.fetcher.isBusy) this.fetcher.check(status().commitIndex);
    if (leads) this.#loops.check(runtime.monotonicMs(), () => status().peers);
  }

  /** For how long `tick` has nothing to do that cannot wait for a second. */
  idleMs(now: MonotonicMs): number {
    return this.fetcher.isBusy ? 0 : this.#checkpointer.idleMs(now);
  }

  /** Resolves once a checkpoint holds all that is applied now. */
  async checkpoint(): Promise<void> {
    await this.#checkpointer.take();
  }

  /** What a member is to get; null while there is no checkpoint. */
  async openFor(member: NodeId): Promise<SnapshotReader | null> {
    return await this.#desk.open(member);
  }

  /** With all that is applied at the time of the call. */
  async openFresh(): Promise<SnapshotReader> {
    await this.checkpoint();
    const reader = await this.#desk.open(null);
    if (reader !== null) return reader;
    throw new ConclaveError(
      "UNAVAILABLE",
      "this node holds nothing yet: no entry of the log has been applied",
    );
  }

  /** How far `member` is with our snapshot, or this node itself with one that it fetches. */
  progressOf(member: NodeId): MemberView["snapshot"] {
    return member === this.#options.identity.nodeId ? this.fetcher.progress : this.#desk.progressOf(member);
  }

  /** Before the driver stops: an installation under way is cut short, and taken up when the node starts again. */
  async stopFetching(): Promise<void> {
    this.#stopping.abort(new ConclaveError("SHUTTING_DOWN", "this node is shutting down"));
    await this.fetcher.close();
  }

  /** The driver has failed, perhaps half-way through an entry: what the machine holds now is written nowhere. */
  abandon(): void {
    this.#checkpointer.abandon();
  }

  /** After the driver has stopped: leaves a fresh checkpoint behind. */
  async finish(): Promise<void> {
    await this.#checkpointer.finish();
  }

  /**
   * Asks the core to install what was fetched. From here on no checkpoint is under way and the log is not cut: both
   * would be of the state that is about to be replaced.
   */
  async #offer({ index, term, configuration }: SnapshotHeader): Promise<void> {
    await this.#checkpointer.hold();
    this.#options.post({ type: "snapshotFetched", snapshot: { index, term, configuration } });
  }
}
