import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BackupPart, type Cluster, connect } from "../../src/client/index.ts";
import { verifyBackup } from "../../src/disaster/backupReader.ts";
import { partsOf } from "../disaster/support/parts.ts";
import { jobRecord, metaRecord } from "../storage/support/records.ts";
import { failureOf } from "../support/failure.ts";
import { detail, FakeCluster } from "../support/fakeServer.ts";
import { until } from "../support/until.ts";

type ServerCall = ServerWritableStream<unknown, unknown>;

const records = Array.from({ length: 25 }, (_, at) => jobRecord(`job-${String(at).padStart(3, "0")}`));
const parts = partsOf([...records, metaRecord(400)]) as readonly BackupPart[];

let fake: FakeCluster;
let cluster: Cluster;
beforeEach(async () => {
  fake = await FakeCluster.start(3);
  for (const node of fake.nodes) node.backup = send;
  cluster = await connect(fake.endpoints);
});
afterEach(async () => {
  await cluster.close();
  await fake[Symbol.asyncDispose]();
});

function send(call: ServerCall, some = parts): void {
  for (const part of some) call.write(part);
  call.end();
}

/** Sends the header, and nothing more. */
function begin(call: ServerCall): void {
  for (const part of parts.slice(0, 1)) call.write(part);
}

/** Sends the first `count` parts, and then fails. */
function failAfter(count: number, code = status.UNAVAILABLE): (call: ServerCall) => void {
  return (call) => {
    for (const part of parts.slice(0, count)) call.write(part);
    call.emit("error", Object.assign(new Error("gone"), { code, details: "gone" }));
  };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const read: Item[] = [];
  for await (const item of items) read.push(item);
  return read;
}

const backupsOf = () => fake.nodes.map((node) => node.unaryCalls.filter((call) => call === "Backup").length);

describe("a backup", () => {
  it("is taken from the leader, part by part", async () => {
    const read = await all(cluster.backup().parts());
    expect(read.map(({ part, chunk }) => [part, chunk?.isLast])).toEqual([
      ["header", undefined],
      ...parts.slice(1).map((_, at) => ["chunk", at === parts.length - 2]),
    ]);
    expect(backupsOf()).toEqual([1, 0, 0]);
  });

  const folder = mkdtempSync(join(tmpdir(), "conclave-client-backup-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("written to a stream, is a file that passes every check of a restore", async () => {
    const path = join(folder, "today.backup");
    await using file = await open(path, "w");
    const info = await cluster.backup().writeTo(file.createWriteStream());
    const summary = await verifyBackup(path);
    expect(info).toEqual({
      clusterId: summary.clusterId,
      index: 400,
      term: summary.term,
      records: 26,
      bytes: summary.fileBytes,
    });
  });

  it("is nothing before it is read, and another one each time", async () => {
    const backup = cluster.backup();
    expect(backupsOf()).toEqual([0, 0, 0]);
    await all(backup);
    await all(backup);
    expect(backupsOf()).toEqual([2, 0, 0]);
  });

  it("is taken from a node by name, or stale from whichever answers", async () => {
    await all(cluster.backup({ node: "n3" }));
    fake.elect(undefined);
    fake.node(1).kill();
    fake.node(3).kill();
    await all(cluster.backup({ consistency: "stale", timeout: "5s" }));
    expect(backupsOf()).toEqual([0, 1, 1]);
  });
});

describe("before its first part", () => {
  it("a refusal is followed by another try, here or elsewhere", async () => {
    fake.node(1).refusals.push(detail("OVERLOADED", "four are being taken", { retryAfterMs: 1 }));
    fake.node(1).refusals.push(detail("NO_LEADER", "an election"));
    await all(cluster.backup());
    expect(backupsOf()[0]).toBe(3);
  });

  it("what no retry mends is not retried", async () => {
    fake.node(1).refusals.push(detail("DATA_CORRUPT", "the records are damaged"));
    expect((await failureOf(all(cluster.backup()))).code).toBe("DATA_CORRUPT");
    expect(backupsOf()).toEqual([1, 0, 0]);
  });

  it("silence ends with the timeout", async () => {
    for (const node of fake.nodes) node.backup = () => undefined;
    const error = await failureOf(all(cluster.backup({ timeout: 100 })));
    expect(["UNAVAILABLE", "DEADLINE_EXCEEDED"]).toContain(error.code);
  });
});

describe("once it has begun", () => {
  it.each([status.UNAVAILABLE, status.CANCELLED, status.UNKNOWN])(
    "a broken call (%i) ends it with UNAVAILABLE: another node's parts would not fit",
    async (code) => {
      fake.node(1).backup = failAfter(2, code);
      const error = await failureOf(all(cluster.backup()));
      expect(error).toMatchObject({ code: "UNAVAILABLE", retryable: true });
      expect(error.message).toContain("broke off after 2 parts");
      expect(backupsOf()).toEqual([1, 0, 0]);
    },
  );

  it("an end before the last part is no end", async () => {
    fake.node(1).backup = (call) => send(call, parts.slice(0, -1));
    const error = await failureOf(all(cluster.backup()));
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toContain("it ended before its last part");
  });

  it("a node that says nothing more is given up", async () => {
    fake.node(1).backup = begin;
    const error = await failureOf(all(cluster.backup({ timeout: 100 })));
    expect(error.message).toContain("nothing came for 100 ms");
  });

  // Put it in: backup.ts: `setTimeout` for the timeout of a part.
  it("a timeout of more than 24 days is one, not none", async () => {
    fake.node(1).backup = (call) => {
      begin(call);
      // Later than a timer that overflows.
      setTimeout(() => send(call, parts.slice(1)), 20);
    };
    expect(await all(cluster.backup({ timeout: "30d" }).parts())).toHaveLength(parts.length);
  });

  it("a reader that has seen enough, or a signal, ends the call on the node as well", async () => {
    let gone = 0;
    fake.node(1).backup = (call) => {
      call.on("cancelled", () => gone++);
      begin(call);
    };
    for await (const _ of cluster.backup().parts()) break;
    await until("the node has heard of it", () => gone === 1);

    const abort = new AbortController();
    const reading = (async () => {
      for await (const _ of cluster.backup({ signal: abort.signal }).parts())
        abort.abort(new Error("enough"));
    })();
    expect(await failureOf(reading)).toMatchObject({ code: "ABORTED", cause: abort.signal.reason });
    await until("the node has heard of it", () => gone === 2);
  });

  it("a writable that fails ends it, and the call", async () => {
    let gone = false;
    fake.node(1).backup = (call) => {
      call.on("cancelled", () => {
        gone = true;
      });
      for (const part of parts.slice(0, 2)) call.write(part);
    };
    let writes = 0;
    const full = new Writable({
      // Room enough that the next part is waited for already when, a turn later, the disk says no.
      highWaterMark: 1024 * 1024,
      // The first is the file's preamble, before the call is made.
      write: (_chunk, _encoding, done) => {
        writes++;
        if (writes <= 2) done();
        else setImmediate(() => done(new Error("no space left")));
      },
    });
    await expect(cluster.backup({ timeout: "5m" }).writeTo(full)).rejects.toThrow("no space left");
    await until("the node has heard of it", () => gone);
  });
});

it("a closed cluster takes none", async () => {
  await cluster.close();
  expect(() => cluster.backup()).toThrow("this cluster handle is closed");
});
