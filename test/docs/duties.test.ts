import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { connect } from "conclave";
import { nodeDefaults, startNode } from "conclave/node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { readSources } from "../../src/cli/config/polledSources.ts";
import { until } from "../support/until.ts";

/** The reader's node listens at the usual ports; here at free ones. */
vi.mock(import("conclave/node"), async (original) => {
  const real = await original();
  const { freePorts } = await import("../../src/cli/cluster/freePorts.ts");
  const [peer] = await freePorts(1);
  const where = { listenPeer: `127.0.0.1:${peer}`, listenClient: "127.0.0.1:0", listenHttp: "" };
  return { ...real, nodeDefaults: Object.assign({}, real.nodeDefaults, where, { logLevel: "silent" }) };
});

const peers = [{ id: "n1", address: nodeDefaults.listenPeer }];
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "conclave-"));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

/** The reader's own. */
const seen: { fence?: number; ids?: readonly string[] } = {};
const db = {
  findLate: (_how: { readonly signal: AbortSignal; readonly after?: string; readonly limit?: number }) =>
    Promise.resolve([{ id: "a" }, { id: "b" }]),
  markSwept: ({ fence }: { readonly fence: number }) => Promise.resolve(Object.assign(seen, { fence })),
  markTaken: async (ids: readonly string[], { fence }: { readonly fence: number }) => {
    Object.assign(seen, { fence, ids });
    await Promise.resolve();
  },
};

test("a duty of a program", async () => {
  const node = await startNode({ ...nodeDefaults, id: "n1", dataDir, peers });
  const sweep = node.whileLeader(
    async ({ term, signal, sleep, enqueue }) => {
      while (!signal.aborted) {
        const late = await db.findLate({ signal });
        await enqueue(late.map(({ id }) => ({ id: `remind/${id}`, queue: "remind", data: { id } })));
        await db.markSwept({ fence: term }); // refuses a fence below one that it has seen
        await sleep("1m");
      }
    },
    { name: "sweep" },
  );
  await until("it has swept", () => seen.fence === 1);
  await sweep.stop();
  await using cluster = await connect(node.clientAddress);
  const { jobs } = await cluster.jobs.list({ queue: "remind" });
  expect(jobs.map(({ id }) => id)).toEqual(["remind/a", "remind/b"]);
  await node.stop();
});

test("a function for a source", async () => {
  const node = await startNode({
    ...nodeDefaults,
    id: "n1",
    dataDir,
    peers,
    sources: [
      {
        name: "late",
        queue: "remind",
        interval: "1m",
        poll: async ({ cursor, limit, signal }) => await db.findLate({ after: cursor, limit, signal }),
        ack: async (ids, { term }) => await db.markTaken(ids, { fence: term }),
      },
    ],
  });
  await until("its items are jobs", () => seen.ids?.length === 2);
  await node.stop();
  expect(seen.ids).toEqual(["a", "b"]);
});

test("the file's sources are ones that a node takes", async () => {
  const page = await readFile(resolve(import.meta.dirname, "../../docs/duties.md"), "utf8");
  const [, yaml = ""] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? [];
  const problems: string[] = [];
  const { sources } = parse(yaml) as { readonly sources: unknown };
  expect(readSources(sources, "sources", problems)).toMatchObject([{ name: "orders", longPollMs: 30_000 }]);
  expect(problems).toEqual([]);
});
