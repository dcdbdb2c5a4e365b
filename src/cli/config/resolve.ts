import { ConclaveError } from "../../base/errors.ts";
import { parseHostPort } from "../../base/hostPort.ts";
import { type NodeOptions, nodeDefaults } from "../nodeOptions.ts";
import { isLoopback, isWildcard } from "./address.ts";
import { type FieldKey, flagOf, variableOf } from "./fields.ts";
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
  if (problems.length > 0) {
    const heading = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
    const lines = problems.map((problem) => `\n  - ${problem}`).join("");
    throw new ConclaveError("CONFIG_INVALID", `the node's configuration has ${heading}:${lines}`);
  }
  return { options, warnings: [...mistypedVariables(sources.env), ...oddities(options)] };
}

function readOptions(read: ValueReader): NodeOptions {
  const id = read.text("id", "");
  const peers = read.peers();
  const listenClient = read.address("listenClient", nodeDefaults.listenClient);
  return {
    id,
    cluster: read.text("cluster", nodeDefaults.cluster),
    dataDir: read.text("dataDir", ""),
    peers,
    listenPeer: read.address(
      "listenPeer",
      peers.find((peer) => peer.id === id)?.address ?? nodeDefaults.listenPeer,
    ),
    listenClient,
    listenHttp: read.address("listenHttp", nodeDefaults.listenHttp, true),
    // Port 0 is known only once bound: the node then advertises what it got.
    advertiseClient: read.address("advertiseClient", listenClient.endsWith(":0") ? "" : listenClient),
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
    logLevel: read.logLevel(nodeDefaults.logLevel),
    logFormat: read.logFormat(nodeDefaults.logFormat),
  };
}

const namePattern = /^[A-Za-z0-9._-]{1,64}$/;

function checkMembers(options: NodeOptions, read: ValueReader, problems: string[]): void {
  for (const key of ["id", "dataDir", "peers"] as const) {
    if (!read.has(key)) problems.push(`${key}: missing; give ${waysToGive(key)}`);
  }
  if (!namePattern.test(options.cluster)) problems.push(badName(read.origin("cluster"), options.cluster));
  if (options.id !== "" && !namePattern.test(options.id)) {
    problems.push(badName(read.origin("id"), options.id));
  }
  const ids = options.peers.map((peer) => peer.id);
  for (const id of ids) if (!namePattern.test(id)) problems.push(badName(read.origin("peers"), id));
  for (const id of repeated(ids)) problems.push(`${read.origin("peers")}: id "${id}" is there twice`);
  for (const address of repeated(options.peers.map((peer) => peer.address))) {
    problems.push(`${read.origin("peers")}: address ${address} is there twice; each node needs its own`);
  }
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
  if (isWildcard(parseHostPort(options.advertiseClient)?.host ?? "")) {
    problems.push(
      `${read.has("advertiseClient") ? read.origin("advertiseClient") : "advertiseClient"}: clients cannot connect to ` +
        `${options.advertiseClient}; give the address they reach this node at with ${waysToGive("advertiseClient")}`,
    );
  }
}

function oddities(options: NodeOptions): string[] {
  const warnings: string[] = [];
  const voters = options.peers.length;
  if (voters % 2 === 0) {
    warnings.push(
      `${voters} voters stand the loss of no more nodes than ${voters - 1} would; an odd number is better`,
    );
  }
  const own = options.peers.find((peer) => peer.id === options.id)?.address ?? "";
  const ownHost = parseHostPort(own)?.host ?? "localhost";
  const listenHost = parseHostPort(options.listenPeer)?.host ?? "";
  if (isLoopback(listenHost) && !isLoopback(ownHost)) {
    warnings.push(
      `listenPeer ${options.listenPeer} is loopback, but the peers are told ${own}: ` +
        `they reach this node only through a proxy`,
    );
  }
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
