import { afterEach, beforeEach, expect, it } from "vitest";
import { ClientApi } from "../../src/api/grpc/clientApi.ts";
import { FencingToken, JobId, LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { type Cluster, connect, type JobEvent } from "../../src/client/index.ts";
import { EventLog } from "../../src/node/eventLog.ts";
import { type Harness, start as startApi } from "../api/harness.ts";
import { recordingLogger } from "../support/silence.ts";
import { StandIn } from "../support/standIn.ts";
import { until } from "../support/until.ts";

let api: Harness;
let cluster: Cluster;
let index = 0;
beforeEach(async () => {
  index = 0;
  api = await startApi();
  api.node.view = { leaderAddress: api.address, members: [] };
  api.node.events = new EventLog(LogIndex(0), 20_000);
  cluster = await connect(api.address);
});
afterEach(async () => {
  await cluster.close({ drain: 0 });
  await api[Symbol.asyncDispose]();
});

function happens(...ids: readonly string[]): void {
  index++;
  const events = ids.map((id) => ({
    type: "started" as const,
    id: JobId(id),
    queue: "q",
    agent: "",
    state: "running" as const,
    attempt: 1,
    token: FencingToken(9),
    detail: "",
  }));
  api.node.events.add(LogIndex(index), LogTimeMs(5), events);
}

it("tells of what happens from an index on, and where to go on, until it is left", async () => {
  happens("a", "b");
  const seen: JobEvent[] = [];
  const places: number[] = [];
  for await (const event of cluster.jobs.watch({ from: 1, onIndex: (next) => places.push(next) })) {
    seen.push(event);
    if (seen.length === 2) happens("c");
    if (seen.length === 3) break;
  }
  expect(seen.map(({ jobId }) => jobId)).toEqual(["a", "b", "c"]);
  expect(seen[0]).toEqual({
    index: 1,
    atMs: 5,
    type: "started",
    jobId: "a",
    queue: "q",
    agent: "",
    state: "running",
    attempt: 1,
    fencingToken: 9,
    detail: "",
  });
  expect(places).toEqual([2]);
  await until("the server knows that it was left", () => api.node.events.listeners === 0);
});

it("goes on after a broken stream, and leaves nothing out", async () => {
  const seen: string[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    for await (const { jobId } of cluster.jobs.watch({ from: 1, signal: stop.signal })) seen.push(jobId);
  })();
  happens("a");
  await until("it has seen one", () => seen.length === 1);
  await api.api.close(0);
  happens("b");
  const again = new ClientApi({ node: api.node, logger: recordingLogger(), listen: api.address });
  await again.start();
  await until("it has seen the other", () => seen.length === 2);
  stop.abort();
  await watching;
  await again.close(0);
  expect(seen).toEqual(["a", "b"]);
});

// Put it in: watch.ts: `isPassing(error)` in place of `mayGoOn`.
it("goes on after what knows of no watching stood in the node's place for a moment", async () => {
  using other = await StandIn.of(api.address);
  const seen: string[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    for await (const { jobId } of cluster.jobs.watch({ from: 1, signal: stop.signal })) seen.push(jobId);
  })();
  happens("a");
  await until("it has seen one", () => seen.length === 1);
  await api.api.close(0);
  await other.listen();
  await until("it was refused there", () => other.asked > 2);
  other[Symbol.dispose]();
  happens("b");
  const again = new ClientApi({ node: api.node, logger: recordingLogger(), listen: api.address });
  await again.start();
  await until("it has seen the other", () => seen.length === 2);
  stop.abort();
  await watching;
  await again.close(0);
  expect(seen).toEqual(["a", "b"]);
});

it("rejects when what is to follow is not kept any more, with where it could go on", async () => {
  for (let n = 0; n < 200; n++) happens(`j${n}`);
  const first = api.node.events.firstIndex;
  const next = cluster.jobs.watch({ from: 1 })[Symbol.asyncIterator]().next();
  await expect(next).rejects.toMatchObject({ code: "EVENTS_GONE", resumeIndex: first, retryable: false });
  for await (const { jobId } of cluster.jobs.watch({ from: first })) {
    expect(jobId).toBe(`j${first - 1}`);
    break;
  }
});

it("what makes no sense is refused at once", async () => {
  const firstOf = (options: object) => cluster.jobs.watch(options)[Symbol.asyncIterator]().next();
  await expect(firstOf({ from: 0 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await expect(firstOf({ types: ["gone"] })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  await expect(firstOf({ queue: "?" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

it("why tells the reasons in the words of the API", async () => {
  await cluster.jobs.enqueue("q", 1, { id: "a" });
  expect(await cluster.jobs.why("a")).toEqual({
    id: "a",
    state: "ready",
    reasons: [{ code: "NO_WORKER", text: "no worker serves queue q", untilMs: undefined, ids: [] }],
  });
});
