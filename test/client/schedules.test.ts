import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestCluster, type TestCluster } from "../../src/testing/index.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster({ now: new Date("2026-10-24T12:00:00Z") });
});
afterEach(() => cluster.close());

const nightly = {
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin",
  queue: "reports",
  data: { of: "yesterday" },
} as const;

test("a schedule fires by itself, through the change of the clock, and its job carries the data", async () => {
  const put = await cluster.schedules.put("nightly", { ...nightly, overlap: "allow", by: "ann" });
  expect(put).toMatchObject({ change: "created", queue: "reports", put: { by: "ann" }, everyMs: undefined });
  expect(put.nextDueAtMs).toBe(Date.parse("2026-10-25T00:30:00Z"));
  await cluster.advance("48h");
  const { jobs } = await cluster.jobs.list({ queue: "reports" });
  expect(jobs.map(({ id }) => id)).toEqual([
    "nightly/2026-10-25T00:30:00.000Z",
    "nightly/2026-10-26T01:30:00.000Z",
  ]);
  expect((await cluster.jobs.get(jobs[0]?.id ?? "")).data).toEqual({ of: "yesterday" });
  expect(await cluster.schedules.get("nightly", { upcoming: 2 })).toMatchObject({
    fired: 2,
    skipped: 0,
    lastJobId: jobs[1]?.id,
    upcomingMs: [Date.parse("2026-10-27T01:30:00Z"), Date.parse("2026-10-28T01:30:00Z")],
  });
});

test("put again at every start changes nothing; paused it rests, with who and why; resumed it goes on", async () => {
  const minutely = { every: "1m", queue: "reports", overlap: "allow" } as const;
  await cluster.schedules.put("minutely", minutely);
  expect((await cluster.schedules.put("minutely", minutely)).change).toBe("unchanged");
  const paused = await cluster.schedules.pause("minutely", { by: "bob", why: "too loud" });
  expect(paused.paused).toMatchObject({ by: "bob", why: "too loud" });
  await cluster.advance("10m");
  expect((await cluster.schedules.get("minutely")).fired).toBe(0);
  await cluster.schedules.resume("minutely", { by: "bob" });
  await cluster.advance("3m");
  expect(await cluster.schedules.get("minutely")).toMatchObject({ fired: 3, missed: 0, paused: undefined });
});

test("skip says why a due time was left out; runNow enqueues one more all the same", async () => {
  await cluster.schedules.put("often", { every: "1m", queue: "reports" });
  await cluster.advance("3m");
  const often = await cluster.schedules.get("often");
  expect(often).toMatchObject({ fired: 1, skipped: 2 });
  expect(often.lastSkip?.reason).toBe(`job ${often.lastJobId} is still active`);
  expect(await cluster.schedules.runNow("often", { id: "extra" })).toMatchObject({
    id: "extra",
    existing: false,
  });
  expect(await cluster.schedules.runNow("often", { id: "extra" })).toMatchObject({ existing: true });
});

test("list goes through all pages; delete says whether there was one", async () => {
  for (let i = 0; i < 101; i++) await cluster.schedules.put(`s${i}`, { every: "1h", queue: "q" });
  expect(await cluster.schedules.list()).toHaveLength(101);
  expect(await cluster.schedules.delete("s1")).toBe(true);
  expect(await cluster.schedules.delete("s1")).toBe(false);
  await expect(cluster.schedules.get("s1")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test.each([
  [{ queue: "q" }, "is not one of the two"],
  [{ queue: "q", cron: "* * * * *", every: "1m" }, "is not one of the two"],
  [{ queue: "q", cron: "0 25 * * *" }, 'the hour field is "25"'],
  [{ queue: "q", cron: "0 0 * * *", timeZone: "Nowhere" }, "is no time zone"],
  [{ queue: "q", every: "10ms" }, 'every: "10ms" is not at least 1 s'],
])("put refuses %j", async (options, message) => {
  await expect(cluster.schedules.put("bad", options)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining(message),
  });
});
