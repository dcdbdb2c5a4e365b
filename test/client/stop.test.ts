import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConclaveError, connect, type WorkerJob } from "../../src/client/index.ts";
import { startTestCluster, type TestCluster } from "../../src/testing/index.ts";
import { FakeCluster } from "../support/fakeServer.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster();
});
afterEach(async () => {
  await cluster.close({ drain: 0, kill: 0 });
});

/** What happened, and when after the start. */
function chronicle() {
  const start = cluster.now.getTime();
  const lines: string[] = [];
  const note = (what: string) => lines.push(`${(cluster.now.getTime() - start) / 1_000} s: ${what}`);
  return { lines, note };
}

describe("stop", () => {
  it("lets jobs finish for `drain`, aborts the others, and after `kill` gives back what still runs, unspent", async () => {
    const { lines, note } = chronicle();
    const handler = async ({ id, signal }: WorkerJob): Promise<string> => {
      if (id === "quick") await cluster.sleep("5s");
      if (id === "heeds") await cluster.sleep("1d", { signal });
      if (id === "heedless") {
        signal.addEventListener("abort", () =>
          note(`heedless is told ${(signal.reason as ConclaveError).code}`),
        );
        await cluster.sleep("1d");
      }
      note(`${id} ends`);
      return id;
    };
    const worker = cluster.work("q", { concurrency: 3, drain: "20s", kill: "7s" }, handler);
    await cluster.jobs.enqueueMany(["quick", "heeds", "heedless"].map((id) => ({ queue: "q", data: 1, id })));
    await cluster.advance("1s");
    const stopped = worker.stop().then(() => note("stopped"));
    await cluster.advance("1s");
    await cluster.jobs.enqueue("q", 1, { id: "late" });
    await cluster.advanceUntil(stopped);
    expect(lines).toEqual(["5 s: quick ends", "21 s: heedless is told SHUTTING_DOWN", "28 s: stopped"]);
    const ends = await Promise.all(
      ["quick", "heeds", "heedless", "late"].map(async (id) => {
        const { state, attempt, history } = await cluster.jobs.get(id);
        return [id, state, attempt, history.map(({ end }) => end).join()];
      }),
    );
    expect(ends).toEqual([
      ["quick", "completed", 1, ""],
      ["heeds", "ready", 0, "released"],
      ["heedless", "ready", 0, "released"],
      ["late", "ready", 0, ""],
    ]);
  });

  it("leases are kept while it drains", async () => {
    const worker = cluster.work("q", { drain: "10m" }, () => cluster.sleep("5m"));
    const job = await cluster.jobs.enqueue("q", 1, { lease: "10s" });
    await cluster.advance("1s");
    await cluster.advanceUntil(worker.stop());
    expect((await cluster.jobs.get(job.id)).state).toBe("completed");
  });

  it("a later call can shorten it", async () => {
    const { lines, note } = chronicle();
    const worker = cluster.work("q", { drain: "1h" }, () => cluster.sleep("1d"));
    await cluster.jobs.enqueue("q", 1);
    await cluster.advance("1s");
    void worker.stop().then(() => note("stopped"));
    await cluster.advance("9s");
    await cluster.advanceUntil(worker.stop({ drain: "10s", kill: "2s" }));
    expect(lines).toEqual(["22 s: stopped"]);
  });

  // Put it in: worker.ts: `stop` reads `kill` behind the timer.
  it.each([
    { drain: 0, kill: "soon" },
    { drain: -1, kill: 0 },
  ])("is not begun with what is no duration: %j", async (odd) => {
    const { lines, note } = chronicle();
    const worker = cluster.work("q", { drain: "1m" }, async () => {
      await cluster.sleep("50s");
      note("ends");
    });
    await cluster.jobs.enqueue("q", 1);
    await cluster.advance("1s");
    expect(() => worker.stop(odd)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    await cluster.advance("9s");
    expect(worker.state).toBe("consuming");
    await cluster.advanceUntil(worker.stop({ drain: "45s" }));
    expect(lines).toEqual(["50 s: ends"]);
  });
});

describe("close", () => {
  // Put it in: cluster.ts, testCluster.ts: `close` without its look at the options.
  it.each([{ drain: "soon" }, { kill: Number.NaN }])(
    "with what is no duration rejects, and leaves the handle as it was: %j",
    async (odd) => {
      for (const handle of [cluster.connect(), cluster]) {
        const worker = handle.work("q", {}, () => 1);
        const rejected = expect.objectContaining({ code: "INVALID_ARGUMENT" });
        await expect(handle.close(odd)).rejects.toEqual(rejected);
        const job = await handle.jobs.enqueue("q", 1);
        expect(await cluster.advanceUntil(job.result())).toBe(1);
        const closing = handle.close();
        await (handle === cluster ? closing : cluster.advanceUntil(closing));
        expect(worker.state).toBe("closed");
      }
    },
  );

  it("called again with options hurries, as `worker.stop` does", async () => {
    const { lines, note } = chronicle();
    const handle = cluster.connect();
    handle.work("q", { drain: "10s", kill: "1h" }, () => cluster.sleep("1d"));
    await cluster.jobs.enqueue("q", 1);
    await cluster.advance("1s");
    const closing = handle.close().then(() => note("closed"));
    await cluster.advance("1s");
    void handle.close({ kill: "5s" });
    await cluster.advanceUntil(closing);
    expect(lines).toEqual(["16 s: closed"]);
  });

  it("goes on with all else when a worker cannot be stopped, and says so", async () => {
    await using fake = await FakeCluster.start(1);
    const handle = await connect(fake.endpoints);
    const [broken, other] = [handle.work("a", {}, () => 1), handle.work("b", {}, () => 1)];
    broken.stop = () => Promise.reject(new ConclaveError("INTERNAL", "it hangs"));
    await expect(handle.close()).rejects.toThrow("it hangs");
    expect(other.state).toBe("closed");
    await broken.closed;
    await expect(handle.jobs.stats()).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  });
});
