import { afterAll, beforeAll, expect, test } from "vitest";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";
import { run } from "./fakeIo.ts";

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await InProcessCluster.start(1, 1, { listenHttp: "127.0.0.1:0" });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const cli = (...args: string[]) =>
  run([...args, "--endpoints", cluster.node("n1").clientAddress, "--timeout", "20s"]);
const json = async (...args: string[]) => {
  const { stdout, stderr, code } = await cli(...args, "-o", "json");
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return JSON.parse(stdout) as Record<string, unknown>;
};
const metric = async (line: string): Promise<number> => {
  const text = await (await fetch(`http://${cluster.node("n1").httpAddress}/metrics`)).text();
  return Number(
    text
      .split("\n")
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length),
  );
};

test("a schedule is put, fires, is shown, paused, resumed, run by hand and deleted, on a real node", async () => {
  const put = ["schedule", "put", "tick", "ticks", "7", "--every", "1s", "--overlap", "allow", "--by", "ann"];
  expect(await json(...put)).toMatchObject({
    name: "tick",
    queue: "ticks",
    everyMs: 1_000,
    overlap: "allow",
  });
  const first = await json("schedule", "show", "tick");
  expect((await json(...put))["put"]).toEqual(first["put"]);

  const fired = async () => Number((await json("schedule", "show", "tick"))["fired"]);
  await until("it has fired twice", async () => (await fired()) >= 2);
  const { jobs } = await json("job", "list", "--queue", "ticks");
  expect((jobs as { readonly id: string }[])[0]?.id).toMatch(/^tick\/\d{4}-\d\d-\d\dT/);
  expect((await cli("schedule", "list")).stdout).toMatch(/^tick +every 1\.0s +ticks /m);

  expect(await json("schedule", "pause", "tick", "--by", "bob", "--why", "too much")).toMatchObject({
    paused: { by: "bob", why: "too much" },
  });
  const before = await fired();
  expect(await json("schedule", "run", "tick", "--id", "extra")).toMatchObject({
    id: "extra",
    existing: false,
  });
  expect(await json("schedule", "run", "tick", "--id", "extra")).toMatchObject({
    id: "extra",
    existing: true,
  });
  expect(await fired()).toBe(before);

  expect(await metric('conclave_schedules{state="paused"}')).toBe(1);
  expect(await metric('conclave_schedule_due_times_total{schedule="tick",outcome="fired"}')).toBe(before);
  expect(await metric("conclave_schedule_late_seconds_count")).toBe(before);
  expect(await metric("conclave_schedules_overdue_seconds")).toBe(0);

  await json("schedule", "resume", "tick");
  await until("it fires again", async () => (await fired()) > before);
  expect(await json("schedule", "delete", "tick")).toEqual({ name: "tick", deleted: true });
  expect((await cli("schedule", "show", "tick")).code).toBe(4);
  expect((await cli("schedule", "delete", "tick")).code).toBe(4);
});
