import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ConclaveError } from "../../src/base/errors.ts";
import { resolveNodeOptions } from "../../src/cli/config/resolve.ts";
import type { Sources } from "../../src/cli/config/sources.ts";

const three = "n1=127.0.0.1:7500,n2=127.0.0.1:7501,n3=127.0.0.1:7502";
const good = { id: "n2", dataDir: "/data", peers: three };

function resolved(sources: Partial<Sources>) {
  return resolveNodeOptions({ flags: {}, env: {}, file: null, ...sources });
}

/** The lines of the CONFIG_INVALID that `sources` give; none when they are accepted. */
function mistakes(sources: Partial<Sources>): string[] {
  try {
    resolved(sources);
    return [];
  } catch (error) {
    if (!(error instanceof ConclaveError) || error.code !== "CONFIG_INVALID") throw error;
    return error.message.split("\n  - ").slice(1);
  }
}

describe("sources", () => {
  test("defaults fill in what nobody said", () => {
    expect(resolved({ flags: good })).toEqual({
      options: {
        id: "n2",
        cluster: "conclave",
        dataDir: "/data",
        peers: [
          { id: "n1", address: "127.0.0.1:7500" },
          { id: "n2", address: "127.0.0.1:7501" },
          { id: "n3", address: "127.0.0.1:7502" },
        ],
        join: [],
        rejoin: false,
        listenPeer: "127.0.0.1:7501",
        advertisePeer: "127.0.0.1:7501",
        listenClient: "127.0.0.1:7400",
        listenHttp: "127.0.0.1:7600",
        advertiseClient: "127.0.0.1:7400",
        insecure: false,
        electionTimeoutMs: 1000,
        heartbeatIntervalMs: 150,
        electionBackoff: { initialMs: 1000, multiplier: 2, maxMs: 60_000 },
        checkpointIntervalMs: 10_000,
        checkpointRecords: 20_000,
        keptEntries: 100_000,
        sizes: {
          maxPayloadBytes: 262_144,
          maxResultBytes: 262_144,
          maxCheckpointBytes: 65_536,
          maxBatchBytes: 4_194_304,
        },
        names: { maxQueues: 10_000, maxSchedules: 10_000, maxRateKeys: 100_000, maxDedupWindows: 1_000_000 },
        sources: [],
        logLevel: "info",
        logFormat: "json",
      },
      warnings: [],
    });
  });

  test("a flag goes before the environment, the environment before the file", () => {
    const file = {
      path: "c.yaml",
      content: { ...good, electionTimeout: "2s", heartbeatInterval: "200ms", logLevel: "debug" },
    };
    const env = { CONCLAVE_ELECTION_TIMEOUT: "3s", CONCLAVE_HEARTBEAT_INTERVAL: "300ms", CONCLAVE_ID: "n3" };
    const { options } = resolved({ flags: { electionTimeout: "4s" }, env, file });
    expect(options).toMatchObject({
      electionTimeoutMs: 4000,
      heartbeatIntervalMs: 300,
      logLevel: "debug",
      id: "n3",
      listenPeer: "127.0.0.1:7502",
    });
  });

  test("an empty variable counts as not set", () => {
    expect(resolved({ flags: good, env: { CONCLAVE_CLUSTER: "" } }).options.cluster).toBe("conclave");
  });

  test.each([
    ["a mapping", { n1: "127.0.0.1:7500", n2: "127.0.0.1:7501", n3: "127.0.0.1:7502" }],
    ["a list of texts", three.split(",")],
    [
      "a list of mappings",
      [
        { id: "n1", address: "127.0.0.1:7500" },
        { id: "n2", address: "127.0.0.1:7501" },
        { id: "n3", address: "127.0.0.1:7502" },
      ],
    ],
  ])("peers in a file: %s", (_kind, peers) => {
    const file = { path: "c.yaml", content: { ...good, peers } };
    expect(resolved({ file }).options.peers).toEqual(resolved({ flags: good }).options.peers);
  });

  test("sizes, of all three sources, as numbers or with a unit", () => {
    const file = { path: "c.yaml", content: { ...good, maxPayload: "1MiB", maxBatch: 8_388_608 } };
    const env = { CONCLAVE_MAX_RESULT: "512KiB", CONCLAVE_MAX_PAYLOAD: "2MiB" };
    expect(resolved({ flags: { maxCheckpoint: "1024" }, env, file }).options.sizes).toEqual({
      maxPayloadBytes: 2 * 1024 * 1024,
      maxResultBytes: 512 * 1024,
      maxCheckpointBytes: 1024,
      maxBatchBytes: 8_388_608,
    });
  });

  test("nested settings, of all three sources", () => {
    const file = { path: "c.json", content: { ...good, electionBackoff: { initial: "2s", max: 30_000 } } };
    const env = { CONCLAVE_ELECTION_BACKOFF_MULTIPLIER: "1.5" };
    const flags = { electionBackoffMax: "20s" };
    expect(resolved({ flags, env, file }).options.electionBackoff).toEqual({
      initialMs: 2000,
      multiplier: 1.5,
      maxMs: 20_000,
    });
  });

  test("HTTP can be turned off, and an unknown client port is advertised once it is bound", () => {
    const { options } = resolved({ flags: { ...good, listenHttp: "off", listenClient: "127.0.0.1:0" } });
    expect(options).toMatchObject({ listenHttp: "", listenClient: "127.0.0.1:0", advertiseClient: "" });
  });

  test("a node that joins needs no peers and no place among them", () => {
    const joining = { id: "n4", dataDir: "/data", join: "10.0.0.1:7500, 10.0.0.2:7500" };
    expect(resolved({ flags: joining })).toMatchObject({
      options: { peers: [], join: ["10.0.0.1:7500", "10.0.0.2:7500"], rejoin: false },
      warnings: [],
    });
    expect(resolved({ flags: { ...joining, peers: three, rejoin: true } })).toMatchObject({
      options: { id: "n4", join: ["10.0.0.1:7500", "10.0.0.2:7500"], rejoin: true },
      warnings: [],
    });
    const file = { path: "c.yaml", content: { ...joining, join: ["10.0.0.1:7500"], keptEntries: 5 } };
    expect(resolved({ file }).options).toMatchObject({ join: ["10.0.0.1:7500"], keptEntries: 5 });
  });

  test.each([
    [
      "the own address among the peers",
      { ...good, listenPeer: "0.0.0.0:1", insecure: true },
      "127.0.0.1:7501",
    ],
    ["else what it listens on", { join: "a:1", listenPeer: "127.0.0.1:9" }, "127.0.0.1:9"],
    [
      "else nothing yet: a free port is known once it is bound",
      { join: "a:1", listenPeer: "127.0.0.1:0" },
      "",
    ],
    ["before all, what was said", { ...good, advertisePeer: "10.0.0.9:7" }, "10.0.0.9:7"],
  ])("told to peers: %s", (_case, flags, advertisePeer) => {
    expect(resolved({ flags: { ...good, peers: undefined, ...flags } }).options).toMatchObject({
      advertisePeer,
    });
  });

  test("listens where the peers are told to connect, when nothing else is said", () => {
    const joining = { id: "n4", dataDir: "/data", join: "10.0.0.1:7500", insecure: true };
    expect(resolved({ flags: { ...joining, advertisePeer: "10.0.0.4:7500" } }).options.listenPeer).toBe(
      "10.0.0.4:7500",
    );
  });

  test("the containers' own configuration is accepted", () => {
    const path = resolve(import.meta.dirname, "../../cluster/node.yaml");
    const env = {
      CONCLAVE_ID: "n1",
      CONCLAVE_PEERS: "n1=n1:7500,n2=n2:7500,n3=n3:7500",
      CONCLAVE_ADVERTISE_CLIENT: "localhost:7400",
    };
    const file = { path, content: parse(readFileSync(path, "utf8")) as unknown };
    expect(resolved({ env, file })).toMatchObject({ options: { id: "n1", insecure: true }, warnings: [] });
  });
});

describe("mistakes", () => {
  const bad: readonly (readonly [string, Partial<Sources>, readonly string[]])[] = [
    [
      "nothing given",
      {},
      [
        'id: missing; give --id, CONCLAVE_ID or "id:" in the file',
        'dataDir: missing; give --data-dir, CONCLAVE_DATA_DIR or "dataDir:" in the file',
        'peers: missing; give --peers, CONCLAVE_PEERS or "peers:" in the file; or, to join a cluster that is there, ' +
          '--join, CONCLAVE_JOIN or "join:" in the file',
      ],
    ],
    [
      "sizes that no node can have",
      { flags: { ...good, maxPayload: "3MiB", maxCheckpoint: "some", maxBatch: "1MiB" } },
      [
        '--max-payload: "3MiB" must be a size from 1 to 2097152 bytes, such as 65536, "64KiB" or "4MiB"',
        '--max-checkpoint: "some" must be a size from 1 to 1048576 bytes, such as 65536, "64KiB" or "4MiB"',
        '--max-batch: "1MiB" must be a size from 2097152 to 8388608 bytes, such as 65536, "64KiB" or "4MiB"',
      ],
    ],
    [
      "a request without room for one payload",
      { flags: { ...good, maxPayload: "2MiB", maxBatch: "2MiB" } },
      ["maxBatch 2097152 has no room for the largest payload or result; raise it to at least 2162688 bytes"],
    ],
    [
      "id not among the peers",
      { flags: { ...good, id: "n4" } },
      ['--id: "n4" is not among the peers (n1, n2, n3); add it, or correct the id'],
    ],
    [
      "id mistyped",
      { flags: { ...good, id: "node-tow", peers: "node-one=a:1,node-two=b:1,node-six=c:1" } },
      ['--id: "node-tow" is not among the peers (node-one, node-two, node-six); did you mean "node-two"?'],
    ],
    [
      "ids and addresses twice",
      { flags: { ...good, peers: "n2=127.0.0.1:1,n2=127.0.0.1:2,n3=127.0.0.1:1" } },
      [
        '--peers: id "n2" is there twice',
        "--peers: address 127.0.0.1:1 is there twice; each node needs its own",
      ],
    ],
    [
      "peers malformed",
      { env: { CONCLAVE_PEERS: "n1,n2" }, flags: { id: "n1", dataDir: "d" } },
      [
        'CONCLAVE_PEERS: "n1,n2" must be n1=host:port,n2=host:port,... or, in a file, a mapping of id to host:port',
      ],
    ],
    [
      "heartbeat too slow",
      { flags: { ...good, heartbeatInterval: "400ms" } },
      [
        "heartbeatInterval 400ms is more than a third of electionTimeout 1000ms: one lost heartbeat could cost an " +
          "election; set heartbeatInterval to at most 333ms or electionTimeout to at least 1200ms",
      ],
    ],
    [
      "backoff upside down",
      { flags: { ...good, electionBackoffInitial: "5s", electionBackoffMax: "1s" } },
      [
        "electionBackoff.max 1000ms is below electionBackoff.initial 5000ms; raise the one or lower the other",
      ],
    ],
    [
      "plaintext beyond loopback",
      { flags: { ...good, listenClient: "10.0.0.5:7400" } },
      [
        "listenClient 10.0.0.5:7400: plaintext beyond loopback is refused; listen on 127.0.0.1, or accept it on a " +
          'trusted network with --insecure, CONCLAVE_INSECURE or "insecure:" in the file',
      ],
    ],
    [
      "an address nobody can connect to",
      { flags: { ...good, listenClient: "0.0.0.0:7400", insecure: true } },
      [
        "advertiseClient: clients cannot connect to 0.0.0.0:7400; give the address they reach this node at with " +
          '--advertise-client, CONCLAVE_ADVERTISE_CLIENT or "advertiseClient:" in the file',
      ],
    ],
    [
      "an address no peer can connect to",
      { flags: { id: "n4", dataDir: "d", join: "a:1", listenPeer: "0.0.0.0:7500", insecure: true } },
      [
        "advertisePeer: peers cannot connect to 0.0.0.0:7500; give the address they reach this node at with " +
          '--advertise-peer, CONCLAVE_ADVERTISE_PEER or "advertisePeer:" in the file',
      ],
    ],
    [
      "to rejoin what is not said",
      { flags: { ...good, rejoin: true } },
      ['--rejoin: needs the cluster to join; give --join, CONCLAVE_JOIN or "join:" in the file'],
    ],
    [
      "places to join at that are none",
      { flags: { ...good, join: "n1=10.0.0.1:7500" } },
      ['--join: "n1=10.0.0.1:7500" must be host:port,host:port,... or, in a file, a list of host:port'],
    ],
    [
      "a place to join at twice",
      { env: { CONCLAVE_JOIN: "a:1,a:1" }, flags: good },
      ["CONCLAVE_JOIN: address a:1 is there twice"],
    ],
    [
      "values of the wrong kind, each with its origin",
      {
        flags: { ...good, listenHttp: "7600", electionTimeout: "fast" },
        env: { CONCLAVE_LOG_LEVEL: "loud", CONCLAVE_INSECURE: "maybe" },
        file: { path: "c.yaml", content: { checkpointRecords: 0, electionBackoff: { multiplier: 0.5 } } },
      },
      [
        '--listen-http: "7600" must be host:port, such as 127.0.0.1:7400, or "off"',
        'CONCLAVE_INSECURE: "maybe" must be true or false',
        '--election-timeout: "fast" must be a duration such as "250ms", "1s" or "5m"',
        "electionBackoff.multiplier in c.yaml: 0.5 must be a number of at least 1",
        "checkpointRecords in c.yaml: 0 must be a whole number of at least 1",
        'CONCLAVE_LOG_LEVEL: "loud" must be one of trace, debug, info, warn, error, fatal, silent',
      ],
    ],
    [
      "unknown settings in the file",
      { flags: good, file: { path: "c.yaml", content: { data_dir: "x", electionBackoff: { maxx: 1 } } } },
      [
        'c.yaml: unknown setting "data_dir"; did you mean "dataDir"?',
        'c.yaml: unknown setting "electionBackoff.maxx"; did you mean "electionBackoff.max"?',
      ],
    ],
    [
      "a file that is no mapping",
      { flags: good, file: { path: "c.yaml", content: ["n1"] } },
      ['c.yaml: must be a mapping of settings to values, such as "id: n1"'],
    ],
    [
      "names with odd characters",
      { flags: { ...good, cluster: "my cluster" } },
      ['--cluster: "my cluster" must be 1 to 64 characters of A-Z a-z 0-9 . _ -'],
    ],
  ];

  test.each(bad)("%s", (_name, sources, expected) => {
    expect(mistakes(sources)).toEqual(expected);
  });

  test("the heading counts them", () => {
    expect(() => resolved({})).toThrow("the node's configuration has 3 mistakes:");
    expect(() => resolved({ flags: { ...good, id: "n9" } })).toThrow(
      "the node's configuration has 1 mistake:",
    );
  });
});

describe("warnings", () => {
  test("an even number of voters", () => {
    const peers = "n1=127.0.0.1:1,n2=127.0.0.1:2,n3=127.0.0.1:3,n4=127.0.0.1:4";
    expect(resolved({ flags: { ...good, peers } }).warnings).toEqual([
      "4 voters stand the loss of no more nodes than 3 would; an odd number is better",
    ]);
  });

  test("a loopback listener behind a public address", () => {
    const peers = "n2=10.0.0.2:7500";
    expect(resolved({ flags: { ...good, peers, listenPeer: "127.0.0.1:7500" } }).warnings).toEqual([
      "listenPeer 127.0.0.1:7500 is loopback, but the peers are told 10.0.0.2:7500: they reach this node only through a proxy",
    ]);
  });

  test("a variable that looks mistyped; not those of orchestrators", () => {
    const env = { CONCLAVE_LOGLEVEL: "info", CONCLAVE_SERVICE_HOST: "x", CONCLAVE_ENDPOINTS: "a:1" };
    expect(resolved({ flags: good, env }).warnings).toEqual([
      "CONCLAVE_LOGLEVEL is not used; did you mean CONCLAVE_LOG_LEVEL?",
    ]);
  });
});
