import { defaultListenPeer, nodeDefaults } from "../nodeOptions.ts";

/** How a value is read, whichever of the three sources it came from. */
type FieldKind =
  | "text"
  | "duration"
  | "count"
  | "bytes"
  | "factor"
  | "flag"
  | "peers"
  | "addresses"
  | "sources"
  | "logLevel"
  | "logFormat";

/** One setting of a node: its name in the file, and by rule its variable and its flag. */
export interface Field {
  /** In the file; a dot means a nested mapping. */
  readonly key: FieldKey;
  readonly kind: FieldKind;
  readonly placeholder: string;
  readonly describe: string;
  /** For the help text. */
  readonly fallback?: string;
}

export type FieldKey =
  | "id"
  | "cluster"
  | "dataDir"
  | "peers"
  | "join"
  | "rejoin"
  | "listenPeer"
  | "advertisePeer"
  | "listenClient"
  | "listenHttp"
  | "advertiseClient"
  | "insecure"
  | "electionTimeout"
  | "heartbeatInterval"
  | "electionBackoff.initial"
  | "electionBackoff.multiplier"
  | "electionBackoff.max"
  | "checkpointInterval"
  | "checkpointRecords"
  | "keptEntries"
  | "maxPayload"
  | "maxResult"
  | "maxCheckpoint"
  | "maxBatch"
  | "maxQueues"
  | "maxSchedules"
  | "maxRateKeys"
  | "maxDedupWindows"
  | "sources"
  | "logLevel"
  | "logFormat";

const defaults = nodeDefaults;

export const fields: readonly Field[] = [
  {
    key: "id",
    kind: "text",
    placeholder: "ID",
    describe: "this node's id: one of the peers, or with join a new one",
  },
  {
    key: "cluster",
    kind: "text",
    placeholder: "NAME",
    describe: "the cluster's name, the same on all nodes",
    fallback: defaults.cluster,
  },
  {
    key: "dataDir",
    kind: "text",
    placeholder: "DIR",
    describe: "where this node keeps its log and records; no other node may use it",
  },
  {
    key: "peers",
    kind: "peers",
    placeholder: "LIST",
    describe: "the founding members, this node included: n1=host:port,n2=host:port,...",
  },
  {
    key: "join",
    kind: "addresses",
    placeholder: "LIST",
    describe:
      "with an empty data directory, join the cluster of these peer addresses: host:port,host:port,...",
  },
  {
    key: "rejoin",
    kind: "flag",
    placeholder: "",
    describe: "with join: this id is a member already, and its former data is gone for good",
    fallback: "false",
  },
  {
    key: "listenPeer",
    kind: "text",
    placeholder: "ADDRESS",
    describe: "host:port to listen on for peers",
    fallback: `the node's own address in peers, else advertisePeer, else ${defaultListenPeer}`,
  },
  {
    key: "advertisePeer",
    kind: "text",
    placeholder: "ADDRESS",
    describe: "host:port told to peers when this node joins",
    fallback: "the node's own address in peers, else listenPeer",
  },
  {
    key: "listenClient",
    kind: "text",
    placeholder: "ADDRESS",
    describe: "host:port to listen on for clients and workers",
    fallback: defaults.listenClient,
  },
  {
    key: "listenHttp",
    kind: "text",
    placeholder: "ADDRESS",
    describe: 'host:port for metrics and health, or "off"',
    fallback: defaults.listenHttp,
  },
  {
    key: "advertiseClient",
    kind: "text",
    placeholder: "ADDRESS",
    describe: "host:port told to clients",
    fallback: "listenClient",
  },
  {
    key: "insecure",
    kind: "flag",
    placeholder: "",
    describe: "listen in plaintext beyond loopback",
    fallback: "false",
  },
  {
    key: "electionTimeout",
    kind: "duration",
    placeholder: "DURATION",
    describe: "silence of the leader before a follower campaigns; also the leader's lease",
    fallback: `${defaults.electionTimeoutMs}ms`,
  },
  {
    key: "heartbeatInterval",
    kind: "duration",
    placeholder: "DURATION",
    describe: "the leader's heartbeat, at most a third of the election timeout",
    fallback: `${defaults.heartbeatIntervalMs}ms`,
  },
  {
    key: "electionBackoff.initial",
    kind: "duration",
    placeholder: "DURATION",
    describe: "wait after the first failed campaign",
    fallback: `${defaults.electionBackoff.initialMs}ms`,
  },
  {
    key: "electionBackoff.multiplier",
    kind: "factor",
    placeholder: "FACTOR",
    describe: "growth of that wait with each further failure",
    fallback: String(defaults.electionBackoff.multiplier),
  },
  {
    key: "electionBackoff.max",
    kind: "duration",
    placeholder: "DURATION",
    describe: "the longest such wait",
    fallback: `${defaults.electionBackoff.maxMs}ms`,
  },
  {
    key: "checkpointInterval",
    kind: "duration",
    placeholder: "DURATION",
    describe: "a checkpoint is taken after this long",
    fallback: `${defaults.checkpointIntervalMs}ms`,
  },
  {
    key: "checkpointRecords",
    kind: "count",
    placeholder: "COUNT",
    describe:
      "or after this many changed records, or 2 MiB in them; each node draws when its next one is due, up to three tenths earlier",
    fallback: String(defaults.checkpointRecords),
  },
  {
    key: "keptEntries",
    kind: "count",
    placeholder: "COUNT",
    describe: "how many entries of the log are kept for members that are away; beyond it they get a snapshot",
    fallback: String(defaults.keptEntries),
  },
  {
    key: "maxPayload",
    kind: "bytes",
    placeholder: "SIZE",
    describe: "largest payload of a job that is taken, at most 2MiB; the same on all nodes",
    fallback: "256KiB",
  },
  {
    key: "maxResult",
    kind: "bytes",
    placeholder: "SIZE",
    describe: "largest result that is taken, at most 2MiB; the same on all nodes",
    fallback: "256KiB",
  },
  {
    key: "maxCheckpoint",
    kind: "bytes",
    placeholder: "SIZE",
    describe: "largest checkpoint of a job that is taken, at most 1MiB; the same on all nodes",
    fallback: "64KiB",
  },
  {
    key: "maxBatch",
    kind: "bytes",
    placeholder: "SIZE",
    describe: "largest request that is taken, 2MiB to 8MiB; the same on all nodes",
    fallback: "4MiB",
  },
  {
    key: "maxQueues",
    kind: "count",
    placeholder: "COUNT",
    describe: "how many queues may have jobs, and how many settings; the same on all nodes",
    fallback: String(defaults.names.maxQueues),
  },
  {
    key: "maxSchedules",
    kind: "count",
    placeholder: "COUNT",
    describe: "how many schedules there may be; the same on all nodes",
    fallback: String(defaults.names.maxSchedules),
  },
  {
    key: "maxRateKeys",
    kind: "count",
    placeholder: "COUNT",
    describe: "of how many keys claims may count towards rate limits at a time; the same on all nodes",
    fallback: String(defaults.names.maxRateKeys),
  },
  {
    key: "maxDedupWindows",
    kind: "count",
    placeholder: "COUNT",
    describe:
      "how many dedup keys windows may hold, now or once their jobs have ended; the same on all nodes",
    fallback: String(defaults.names.maxDedupWindows),
  },
  {
    key: "sources",
    kind: "sources",
    placeholder: "JSON",
    describe: "what the leader polls for jobs (docs/duties.md); best given in the file",
    fallback: "none",
  },
  {
    key: "logLevel",
    kind: "logLevel",
    placeholder: "LEVEL",
    describe: "trace, debug, info, warn, error, fatal or silent",
    fallback: defaults.logLevel,
  },
  {
    key: "logFormat",
    kind: "logFormat",
    placeholder: "FORMAT",
    describe: "json or pretty",
    fallback: defaults.logFormat,
  },
];

/** `electionBackoff.initial` -> `CONCLAVE_ELECTION_BACKOFF_INITIAL`. */
export function variableOf(key: FieldKey): string {
  return `CONCLAVE_${words(key).join("_").toUpperCase()}`;
}

/** `electionBackoff.initial` -> `--election-backoff-initial`. */
export function flagOf(key: FieldKey): string {
  return `--${words(key).join("-")}`;
}

function words(key: FieldKey): string[] {
  return key
    .replaceAll(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`)
    .split(".")
    .filter((word) => word !== "");
}
