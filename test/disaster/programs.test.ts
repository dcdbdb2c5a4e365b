import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ConclaveError } from "../../src/client/index.ts";
import { restore, writeBackup } from "../../src/disaster/index.ts";
import { run } from "../cli/fakeIo.ts";
import { temporaryFolder } from "../storage/support/temporary.ts";
import { failureOf } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

const ids = ["n1", "n2", "n3"] as const;

/** Takes a while to end when it is told to, and leaves a file then. */
const heeds = (file: string): string =>
  `trap 'sleep 0.5; touch ${file}; exit 1' TERM; while true; do sleep 0.05; done`;

/** All nodes end, and come back as what was made of the file. */
async function restored(cluster: InProcessCluster, file: string): Promise<void> {
  const peers = cluster.peerAddresses.map((address, at) => ({ id: `n${at + 1}`, address }));
  for (const id of ids) {
    await cluster.stop(id);
    rmSync(cluster.dataDir(id), { recursive: true });
    await restore({ dataDir: cluster.dataDir(id), id, peers, cluster: "conclave", file });
  }
  await Promise.all(ids.map((id) => cluster.run(id)));
  await cluster.converged(...ids);
}

it("programs that are connected when their cluster is restored are told, and end; new ones work", async () => {
  await using cluster = await InProcessCluster.start(3);
  await using client = await cluster.connect(...ids);
  const file = join(temporaryFolder(), "the.backup");
  await client.jobs.enqueue("mail", 0, { id: "kept" });
  await writeBackup(file, client.backup().parts(), { overwrite: false });

  const gate = new Gate();
  const seen: string[] = [];
  const reasons: unknown[] = [];
  const worker = client.work("mail", { concurrency: 2 }, async ({ id, signal }) => {
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    seen.push(id);
    await gate.opened;
  });
  const produced = failureOf(
    (async () => {
      for (let at = 0; ; at++) await client.jobs.enqueue("bulk", at, { id: `bulk-${at}`, timeout: "5m" });
    })(),
  );
  const lost = await client.jobs.enqueue("mail", 1, { id: "lost" });
  const result = failureOf(lost.result());
  await until("both jobs run", () => seen.length === 2);

  const told = join(temporaryFolder(), "told");
  await client.jobs.enqueue("shell", 1, { id: "shell" });
  const flags = ["--endpoints", cluster.clientAddresses.join()];
  let hadItsGrace = false;
  const work = run(["work", "shell", ...flags, "--", "sh", "-c", heeds(told)]);
  void work.then(() => {
    hadItsGrace = existsSync(told);
  });
  const commands = [
    work,
    run(["job", "wait", "shell", ...flags]),
    run(["job", "watch", ...flags]),
    run(["queue", "drain", "shell", ...flags]),
  ];
  await until("the program runs", async () => (await client.jobs.get("shell")).state === "running");

  await restored(cluster, file);
  const error: ConclaveError = await failureOf(worker.closed);
  expect(error).toMatchObject({ code: "IDENTITY_MISMATCH", retryable: false });
  expect(error.message).toMatch(/is gone: for \d+ s only nodes of conclave-[0-9a-f]{12} have answered/);
  expect(reasons).toMatchObject([{ code: "LEASE_LOST" }, { code: "LEASE_LOST" }]);
  for (const ended of await Promise.all([produced, result]))
    expect(ended).toMatchObject({ code: "IDENTITY_MISMATCH", message: expect.stringContaining("is gone") });
  const ran = await Promise.all(commands);
  for (const { code, stdout, stderr } of ran) {
    expect(code).toBe(6);
    expect(stdout + stderr).toMatch(/is gone: for \d+ s only nodes of/);
  }
  expect(hadItsGrace, "its program was told to end, and awaited").toBe(true);
  gate.open();

  await using anew = await cluster.connect(...ids);
  const again: string[] = [];
  const next = anew.work("mail", {}, ({ id }) => void again.push(id));
  await until("it has run what there is", () => again.includes("kept"));
  await anew.jobs.enqueue("mail", 1, { id: "lost" });
  await (await anew.jobs.enqueue("mail", 2, { id: "new" })).result();
  await next.stop();
  expect(again).toEqual(["kept", "lost", "new"]);
});
