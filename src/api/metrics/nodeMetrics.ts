import { Counter, Gauge, type Registry } from "prom-client";
import type { NodeService, NodeView } from "../../node/service.ts";

type ReadGauge = readonly [name: string, help: string, read: (view: NodeView, node: NodeService) => number];

const gauges: readonly ReadGauge[] = [
  ["is_leader", "1 on the node that leads", ({ raft }) => Number(raft.role === "leader")],
  ["leader_known", "1 when this node knows a leader", ({ raft }) => Number(raft.leader !== null)],
  ["term", "Raft term", ({ raft }) => raft.term],
  ["commit_index", "Highest log index known to be committed", ({ raft }) => raft.commitIndex],
  ["applied_index", "Highest log index applied to the state", (_view, node) => node.state.appliedIndex],
  ["last_index", "Highest log index this node holds", ({ raft }) => raft.lastIndex],
  ["durable_index", "Highest log index synced on this node's disk", ({ raft }) => raft.durableIndex],
  ["uncommitted_bytes", "Leader: bytes of entries that await commit", ({ raft }) => raft.uncommittedBytes],
  [
    "election_backoff_seconds",
    "Wait before this node's next campaign; 0 for none",
    ({ raft }) => raft.electionBackoffMs / 1000,
  ],
  ["lease_left_seconds", "Leader: what is left of its lease", (view) => view.leaseLeftMs / 1000],
  ["lease_seconds", "Full length of the leader lease", (view) => view.leaseMs / 1000],
  [
    "clock_offset_seconds",
    "How far the median of the voters' clocks is ahead of this node's",
    (view) => view.clockOffsetMs / 1000,
  ],
  [
    "configuration_index",
    "Log index of the membership in force here; 0 for the founding one",
    ({ raft }) => raft.configuration.index,
  ],
  [
    "configuration_joint",
    "1 while the membership is joint, on its way from one to another",
    ({ raft }) => Number(raft.configuration.membership.outgoing.length > 0),
  ],
  [
    "is_member",
    "1 unless this node waits to be taken in, or was removed",
    (view) => Number(view.standing === "member"),
  ],
  [
    "compacted_index",
    "Entries through here are gone from this node's log",
    ({ raft }) => raft.compactedIndex,
  ],
  [
    "snapshot_index",
    "Newest snapshot that this node can serve; 0 for none",
    ({ raft }) => raft.snapshotIndex,
  ],
  ["format", "Format that this node writes when it leads", (view) => view.format],
  ["max_format", "Newest format that this node can read", (view) => view.maxFormat],
  ["active_claims", "Jobs in workers' hands", (_view, node) => node.state.runningClaims],
  [
    "dedup_windows",
    "Dedup keys that windows hold, or will once their jobs have ended",
    (_view, node) => node.state.kept.windows,
  ],
  [
    "agents_in_backoff",
    "Agents with a job waiting for a retry, or with a breaker that is not closed",
    (_view, node) => node.state.agentsInBackoff,
  ],
];

const counters: readonly ReadGauge[] = [
  ["elections_started_total", "Campaigns this node began", ({ raft }) => raft.elections.started],
  ["elections_won_total", "Campaigns this node won", ({ raft }) => raft.elections.won],
  ["elections_lost_total", "Campaigns this node lost or gave up", ({ raft }) => raft.elections.lost],
  [
    "jobs_enqueued_total",
    "Unique jobs ever enqueued in the cluster",
    (_view, node) => node.state.totals.enqueued,
  ],
  [
    "jobs_purged_total",
    "Jobs removed by retention in the cluster",
    (_view, node) => node.state.totals.purged,
  ],
];

/** Of the cluster, by this node's applied state; closed ones are told only while they remember a failure. */
export function registerBreakerMetrics(registry: Registry, node: NodeService): void {
  const gauge = new Gauge({
    name: "conclave_breakers",
    help: "Circuit breakers of agents that are not as new, by state",
    labelNames: ["state"],
    registers: [registry],
    collect: () => {
      for (const [state, count] of Object.entries(node.state.breakerCounts)) gauge.set({ state }, count);
    },
  });
}

/** Registers what is read from the node's status at each scrape; costs nothing in between. */
export function registerNodeMetrics(registry: Registry, node: NodeService): void {
  for (const [name, help, read] of gauges) {
    const gauge = new Gauge({
      name: `conclave_${name}`,
      help,
      registers: [registry],
      collect: () => {
        gauge.set(read(node.status(), node));
      },
    });
  }
  for (const [name, help, read] of counters) {
    const counter = new Counter({
      name: `conclave_${name}`,
      help,
      registers: [registry],
      collect: () => {
        // The node counts; the counter only carries what it counted.
        counter.reset();
        counter.inc(read(node.status(), node));
      },
    });
  }
  registerPeers(registry, node);
  registerMembers(registry, node);
  const info = new Gauge({
    name: "conclave_info",
    help: "Always 1; the labels tell who this is",
    labelNames: ["cluster_id", "node_id", "version"],
    registers: [registry],
  });
  info.set({ cluster_id: node.clusterId, node_id: node.nodeId, version: node.version }, 1);
}

function registerMembers(registry: Registry, node: NodeService): void {
  const members = new Gauge({
    name: "conclave_members",
    help: "Members of the cluster by kind; an outgoing voter counts while the membership is joint",
    labelNames: ["kind"],
    registers: [registry],
    collect: () => {
      const { voters, outgoing, learners } = node.status().raft.configuration.membership;
      members.set({ kind: "voter" }, voters.length);
      members.set({ kind: "learner" }, learners.length);
      members.set({ kind: "outgoing" }, outgoing.filter((id) => !voters.includes(id)).length);
    },
  });
  // At most one label per member: a member that is gone is gone from here as well.
  const fetched = new Gauge({
    name: "conclave_peer_snapshot_bytes",
    help: "Leader: bytes of its snapshot that a peer has fetched, and those that it will have in all",
    labelNames: ["peer", "of"],
    registers: [registry],
    collect: () => {
      fetched.reset();
      for (const { id, snapshot } of node.status().members) {
        if (snapshot === null) continue;
        fetched.set({ peer: id, of: "fetched" }, snapshot.bytes);
        fetched.set({ peer: id, of: "total" }, snapshot.totalBytes);
      }
    },
  });
}

function registerPeers(registry: Registry, node: NodeService): void {
  const reachable = new Gauge({
    name: "conclave_member_reachable",
    help: "1 when this node's stream to the peer is up",
    labelNames: ["peer"],
    registers: [registry],
    collect: () => {
      reachable.reset();
      for (const member of node.status().members) {
        if (member.id !== node.nodeId) reachable.set({ peer: member.id }, Number(member.reachable));
      }
    },
  });
  const lag = new Gauge({
    name: "conclave_peer_lag_entries",
    help: "Leader: entries that the peer is not known to have on disk yet",
    labelNames: ["peer"],
    registers: [registry],
    collect: () => {
      lag.reset();
      const { raft } = node.status();
      if (raft.role !== "leader") return;
      for (const peer of raft.peers) {
        if (peer.id !== node.nodeId)
          lag.set({ peer: peer.id }, Math.max(0, raft.lastIndex - peer.matchIndex));
      }
    },
  });
}
