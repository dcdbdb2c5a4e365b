import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConclaveError, type WorkerJob } from "../../src/client/index.ts";
import { startTestCluster, type TestCluster } from "../../src/testing/index.ts";

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
});
