import { ConclaveError } from "../../base/errors.ts";
import { parseHostPort } from "../../base/hostPort.ts";
import { listenPeerOf, type NodeOptions, nodeDefaults } from "../nodeOptions.ts";
import { isLoopback, isWildcard } from "./address.ts";
import { type FieldKey, flagOf, variableOf } from "./fields.ts";
import { sourceWarnings } from "./polledSources.ts";
import { gather, mistypedVariables, type Sources } from "./sources.ts";
import { nearest } from "./suggest.ts";
import { ValueReader } from "./values.ts";

interface ResolvedNode {
  readonly options: NodeOptions;
  /** Odd but not wrong; printed before the node starts. */
  readonly warnings: readonly string[];
}

/** Merges flags over environment over file over defaults. CONFIG_INVALID lists every mistake at once. */
export function resolveNodeOptions(sources: Sources): ResolvedNode {
  const problems: string[] = [];
  const read = new ValueReader(gather(sources, problems), problems);
  const options = readOptions(read);
  checkMembers(options, read, problems);
  checkTimings(options, read, problems);
  checkListening(options, read, problems);
  checkSizes(options, problems);
  refuseProblems(problems);
  return { options, warnings: [...mistypedVariables(sources.env), ...oddities(options)] };
}

export type DirectorySettings = Pick<NodeOptions, "id" | "cluster" | "dataDir" | "peers">;

/**
 * Of a node's settings, those in `keys`, for commands that work on its data directory: each is required but for
 * `cluster`, which is "" when nobody says it. CONFIG_INVALID lists every mistake in them.
 */
export function resolveDirectory(sources: Sources, keys: readonly FieldKey[]): DirectorySettings {
  const problems: string[] = [];
  const read = new ValueReader(gather(sources, problems), problems);
  const wants = (key: FieldKey): boolean => keys.includes(key);
  const settings = {
    id: wants("id") ? read.text("id", "") : "",
    cluster: wants("cluster") ? read.text("cluster", "") : "",
    dataDir: wants("dataDir") ? read.text("dataDir", "") : "",
    peers: wants("peers") ? read.peers() : [],
  };
  for (const key of keys) {
    if (key !== "cluster" && !read.has(key)) problems.push(`${key}: missing; give ${waysToGive(key)}`);
  }
  checkNames(settings, read, problems);
  checkOwnPlace(settings, read, problems);
  refuseProblems(problems);
  return settings;
}

function refuseProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const heading = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  const lines = problems.map((problem) => `\n  - ${problem}`).join("");
  throw new ConclaveError("CONFIG_INVALID", `the node's configuration has ${heading}:${lines}`);
}

function readOptions(read: ValueReader): NodeOptions {
  const id = read.text("id", "");
  const peers = read.peers();
  const ownPeer = peers.find((peer) => peer.id === id)?.address;
  const advertised = read.address("advertisePeer", ownPeer ?? "");
  const listenPeer = read.address(
    "listenPeer",
    listenPeerOf({ id, peers, advertisePeer: advertised, listenPeer: "" }),
  );
  const listenClient = read.address("listenClient", nodeDefaults.listenClient);
  return {
    id,
    cluster: read.text("cluster", nodeDefaults.cluster),
    dataDir: read.text("dataDir", ""),
    peers,
    join: read.addresses("join"),
    rejoin: read.flag("rejoin", nodeDefaults.rejoin),
    listenPeer,
    // Port 0 is known only once bound: the node then advertises what it got.
    advertisePeer: advertised || unlessAnyPort(listenPeer),
    listenClient,
    listenHttp: read.address("listenHttp", nodeDefaults.listenHttp, true),
    advertiseClient: read.address("advertiseClient", unlessAnyPort(listenClient)),
    insecure: read.flag("insecure", nodeDefaults.insecure),
    electionTimeoutMs: read.durationMs("electionTimeout", nodeDefaults.electionTimeoutMs),
    heartbeatIntervalMs: read.durationMs("heartbeatInterval", nodeDefaults.heartbeatIntervalMs),
    electionBackoff: {
      initialMs: read.durationMs("electionBackoff.initial", nodeDefaults.electionBackoff.initialMs),
      multiplier: read.factor("electionBackoff.multiplier", nodeDefaults.electionBackoff.multiplier),
      maxMs: read.durationMs("electionBackoff.max", nodeDefaults.electionBackoff.maxMs),
    },
    checkpointIntervalMs: read.durationMs("checkpointInterval", nodeDefaults.checkpointIntervalMs),
    checkpointRecords: read.count("checkpointRecords", nodeDefaults.checkpointRecords),
    keptEntries: read.count("keptEntries", nodeDefaults.keptEntries),
    sizes: readSizes(read),
    names: {
      maxQueues: read.count("maxQueues", nodeDefaults.names.maxQueues),
      maxSchedules: read.count("maxSchedules", nodeDefaults.names.maxSchedules),
      maxRateKeys: read.count("maxRateKeys", nodeDefaults.names.maxRateKeys),
      maxDedupWindows: read.count("maxDedupWindows", nodeDefaults.names.maxDedupWindows),
    },
    sources: read.sources(),
    logLevel: read.logLevel(nodeDefaults.logLevel),
    logFormat: read.logFormat(nodeDefaults.logFormat),
  };
}

const mebibyte = 1024 * 1024;
/** What a request may hold beside the payload of its only job. */
const besidePayload = 65_536;

function readSizes(read: ValueReader): NodeOptions["sizes"] {
  const { sizes } = nodeDefaults;
  return {
    maxPayloadBytes: read.bytes("maxPayload", sizes.maxPayloadBytes, 1, 2 * mebibyte),
    maxResultBytes: read.bytes("maxResult", sizes.maxResultBytes, 1, 2 * mebibyte),
    maxCheckpointBytes: read.bytes("maxCheckpoint", sizes.maxCheckpointBytes, 1, mebibyte),
    maxBatchBytes: read.bytes("maxBatch", sizes.maxBatchBytes, 2 * mebibyte, 8 * mebibyte),
  };
}

function checkSizes({ sizes }: NodeOptions, problems: string[]): void {
  const least = Math.max(sizes.maxPayloadBytes, sizes.maxResultBytes) + besidePayload;
  if (sizes.maxBatchBytes >= least) return;
  problems.push(
    `maxBatch ${sizes.maxBatchBytes} has no room for the largest payload or result; raise it to at least ${least} bytes`,
  );
}

function unlessAnyPort(address: string): string {
  return parseHostPort(address)?.port === 0 ? "" : address;
}

const namePattern = /^[A-Za-z0-9._-]{1,64}$/;

function checkMembers(options: NodeOptions, read: ValueReader, problems: string[]): void {
  for (const key of ["id", "dataDir"] as const) {
    if (!read.has(key)) problems.push(`${key}: missing; give ${waysToGive(key)}`);
  }
  if (!read.has("peers") && !read.has("join")) {
    problems.push(
      `peers: missing; give ${waysToGive("peers")}; or, to join a cluster that is there, ${waysToGive("join")}`,
    );
  }
  if (options.rejoin && !read.has("join")) {
    problems.push(`${read.origin("rejoin")}: needs the cluster to join; give ${waysToGive("join")}`);
  }
  for (const address of repeated(options.join)) {
    problems.push(`${read.origin("join")}: address ${address} is there twice`);
  }
  checkNames(options, read, problems);
  // A node that joins is no founding member; the peers then only say where those are.
  if (options.join.length === 0) checkOwnPlace(options, read, problems);
}

/** Names that were given: ids, addresses and the cluster's. */
function checkNames(options: DirectorySettings, read: ValueReader, problems: string[]): void {
  if (options.cluster !== "" && !namePattern.test(options.cluster)) {
    problems.push(badName(read.origin("cluster"), options.cluster));
  }
  if (options.id !== "" && !namePattern.test(options.id)) {
    problems.push(badName(read.origin("id"), options.id));
  }
  const ids = options.peers.map((peer) => peer.id);
  for (const id of ids) if (!namePattern.test(id)) problems.push(badName(read.origin("peers"), id));
  for (const id of repeated(ids)) problems.push(`${read.origin("peers")}: id "${id}" is there twice`);
  for (const address of repeated(options.peers.map((peer) => peer.address))) {
    problems.push(`${read.origin("peers")}: address ${address} is there twice; each node needs its own`);
  }
}

function checkOwnPlace(options: DirectorySettings, read: ValueReader, problems: string[]): void {
  const ids = options.peers.map((peer) => peer.id);
  if (options.id !== "" && ids.length > 0 && !ids.includes(options.id)) {
    const meant = nearest(options.id, ids);
    const advice = meant === undefined ? "add it, or correct the id" : `did you mean "${meant}"?`;
    problems.push(
      `${read.origin("id")}: "${options.id}" is not among the peers (${ids.join(", ")}); ${advice}`,
    );
  }
}

function checkTimings(options: NodeOptions, read: ValueReader, problems: string[]): void {
  const { electionTimeoutMs, heartbeatIntervalMs, electionBackoff } = options;
  if (heartbeatIntervalMs < 1) problems.push(`${read.origin("heartbeatInterval")}: must be at least 1ms`);
  if (heartbeatIntervalMs * 3 > electionTimeoutMs) {
    problems.push(
      `heartbeatInterval ${heartbeatIntervalMs}ms is more than a third of electionTimeout ${electionTimeoutMs}ms: ` +
        `one lost heartbeat could cost an election; set heartbeatInterval to at most ` +
        `${Math.floor(electionTimeoutMs / 3)}ms or electionTimeout to at least ${heartbeatIntervalMs * 3}ms`,
    );
  }
  if (electionBackoff.maxMs < electionBackoff.initialMs) {
    problems.push(
      `electionBackoff.max ${electionBackoff.maxMs}ms is below electionBackoff.initial ` +
        `${electionBackoff.initialMs}ms; raise the one or lower the other`,
    );
  }
}

function checkListening(options: NodeOptions, read: ValueReader, problems: string[]): void {
  const open = (["listenPeer", "listenClient", "listenHttp"] as const).filter((key) => {
    const host = parseHostPort(options[key])?.host;
    return host !== undefined && !isLoopback(host);
  });
  if (open.length > 0 && !options.insecure) {
    const where = open.map((key) => `${key} ${options[key]}`).join(", ");
    problems.push(
      `${where}: plaintext beyond loopback is refused; listen on 127.0.0.1, ` +
        `or accept it on a trusted network with ${waysToGive("insecure")}`,
    );
  }
  for (const [key, who] of [
    ["advertisePeer", "peers"],
    ["advertiseClient", "clients"],
  ] as const) {
    if (!isWildcard(parseHostPort(options[key])?.host ?? "")) continue;
    problems.push(
      `${read.origin(key)}: ${who} cannot connect to ` +
        `${options[key]}; give the address they reach this node at with ${waysToGive(key)}`,
    );
  }
}

function oddities(options: NodeOptions): string[] {
  const warnings: string[] = [];
  const voters = options.peers.length;
  if (voters % 2 === 0 && options.join.length === 0) {
    warnings.push(
      `${voters} voters stand the loss of no more nodes than ${voters - 1} would; an odd number is better`,
    );
  }
  const told = options.advertisePeer;
  const toldHost = parseHostPort(told)?.host ?? "localhost";
  const listenHost = parseHostPort(options.listenPeer)?.host ?? "";
  if (isLoopback(listenHost) && !isLoopback(toldHost)) {
    warnings.push(
      `listenPeer ${options.listenPeer} is loopback, but the peers are told ${told}: ` +
        `they reach this node only through a proxy`,
    );
  }
  warnings.push(...sourceWarnings(options.sources));
  return warnings;
}

function waysToGive(key: FieldKey): string {
  return `${flagOf(key)}, ${variableOf(key)} or "${key}:" in the file`;
}

function badName(origin: string, name: string): string {
  return `${origin}: ${JSON.stringify(name)} must be 1 to 64 characters of A-Z a-z 0-9 . _ -`;
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))];
}
