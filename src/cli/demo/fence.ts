import { type Cluster, ConclaveError } from "../../client/index.ts";
import type { Check } from "./audit.ts";

const queue = "demo.fence";
const name = "a completion with an old token is refused";

/**
 * Claims one job by hand, lets the lease end, claims it again, and then tries to complete it with the first
 * claim's token, as a worker would that slept through its lease.
 */
export async function checkFence(cluster: Cluster): Promise<Check> {
  const { id } = await cluster.jobs.enqueue(queue, null, { lease: "1s", retry: { initialBackoff: "1ms" } });
  const [stale] = await cluster.claim<unknown, string>(queue, { workerId: "sleeper", wait: "20s" });
  const [fresh] = await cluster.claim<unknown, string>(queue, { workerId: "successor", wait: "20s" });
  if (stale === undefined || fresh === undefined)
    return { name, ok: false, detail: "the job did not come twice" };
  const answer = await stale.complete("from the sleeper").then(
    () => "accepted",
    (error: unknown) => (error instanceof ConclaveError ? error.code : String(error)),
  );
  await fresh.complete("from the successor");
  const { result, lastToken } = await cluster.jobs.get(id);
  return {
    name,
    ok: answer === "STALE_TOKEN" && result === "from the successor" && lastToken === fresh.fencingToken,
    detail: `token ${stale.fencingToken}: ${answer}; token ${fresh.fencingToken}: the result is ${JSON.stringify(result)}`,
  };
}
