import { status as Status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DeleteScheduleReply__Output } from "../../src/generated/conclave/v1/DeleteScheduleReply.ts";
import type { GetScheduleReply__Output } from "../../src/generated/conclave/v1/GetScheduleReply.ts";
import type { ListSchedulesReply__Output } from "../../src/generated/conclave/v1/ListSchedulesReply.ts";
import type { PauseScheduleReply__Output } from "../../src/generated/conclave/v1/PauseScheduleReply.ts";
import type { PutScheduleReply__Output } from "../../src/generated/conclave/v1/PutScheduleReply.ts";
import type { RunScheduleReply__Output } from "../../src/generated/conclave/v1/RunScheduleReply.ts";
import type { ScheduleSpec } from "../../src/generated/conclave/v1/ScheduleSpec.ts";
import { ask, type Harness, refusal, start } from "./harness.ts";

let on: Harness;
beforeEach(async () => {
  on = await start();
});
afterEach(() => on[Symbol.asyncDispose]());

const nightly: ScheduleSpec = {
  name: "nightly",
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin",
  job: { queue: "reports", payload: Buffer.from("p") },
};

const put = (spec: ScheduleSpec) =>
  ask<PutScheduleReply__Output>((done) => on.schedules.put({ spec, by: "ann" }, done));
const get = (name: string, upcoming = 0) =>
  ask<GetScheduleReply__Output>((done) => on.schedules.get({ name, upcoming }, done));

test("put makes a schedule with every default filled in; get shows it with what is due next", async () => {
  const { schedule, change } = await put(nightly);
  expect(change).toBe("CHANGE_CREATED");
  // The fake node's clock shows 2027-01-15T08:00:00Z.
  expect(schedule?.nextDueAtMs).toBe(Date.UTC(2027, 0, 16, 1, 30));
  expect(schedule).toMatchObject({ putBy: "ann", paused: false, fired: 0 });
  expect(schedule?.spec).toMatchObject({ overlap: "OVERLAP_SKIP", catchUpMs: 3_600_000, jitterMs: 0 });
  const { schedule: shown } = await get("nightly", 3);
  expect(shown?.upcomingMs).toEqual([16, 17, 18].map((day) => Date.UTC(2027, 0, day, 1, 30)));
  expect(shown?.spec?.job?.payload.toString()).toBe("p");
  expect(on.node.barriers).toBe(1);
});

test("the same again changes nothing, another spec replaces it", async () => {
  await put(nightly);
  expect((await put({ ...nightly })).change).toBe("CHANGE_NONE");
  expect((await put({ ...nightly, overlap: "OVERLAP_ALLOW" })).change).toBe("CHANGE_REPLACED");
});

test("list goes by name, in pages, without payloads", async () => {
  for (const name of ["c", "a", "b"]) await put({ ...nightly, name });
  const list = (after: string, limit: number) =>
    ask<ListSchedulesReply__Output>((done) => on.schedules.list({ after, limit, upcoming: 2 }, done));
  const first = await list("", 2);
  expect(first.schedules.map((each) => each.spec?.name)).toEqual(["a", "b"]);
  expect(first.schedules[0]?.upcomingMs.length).toBe(2);
  expect(first.schedules[0]?.spec?.job?.payload.length).toBe(0);
  expect((await list("b", 2)).schedules.map((each) => each.spec?.name)).toEqual(["c"]);
});

test("paused with who and why, resumed from now on", async () => {
  await put(nightly);
  const pause = await ask<PauseScheduleReply__Output>((done) =>
    on.schedules.pause({ name: "nightly", by: "bob", why: "holidays" }, done),
  );
  expect(pause.schedule).toMatchObject({ paused: true, pausedBy: "bob", pausedWhy: "holidays" });
  expect((await get("nightly", 3)).schedule?.upcomingMs).toEqual([]);
  on.node.advance(3 * 86_400_000);
  const resume = await ask<PauseScheduleReply__Output>((done) =>
    on.schedules.resume({ name: "nightly", by: "bob" }, done),
  );
  expect(resume.schedule).toMatchObject({ paused: false, nextDueAtMs: Date.UTC(2027, 0, 19, 1, 30) });
});

test("run now: one job more with the client's id, also when asked twice; it is no due time", async () => {
  await put(nightly);
  const run = () =>
    ask<RunScheduleReply__Output>((done) => on.schedules.runNow({ name: "nightly", jobId: "extra-1" }, done));
  expect((await run()).result).toMatchObject({ id: "extra-1", state: "JOB_STATE_READY", existing: false });
  expect((await run()).result).toMatchObject({ id: "extra-1", existing: true });
  expect((await get("nightly")).schedule).toMatchObject({ fired: 0, lastJobId: "" });
});

test("delete says whether there was one; what is not there is NOT_FOUND", async () => {
  await put(nightly);
  const remove = () =>
    ask<DeleteScheduleReply__Output>((done) => on.schedules.delete({ name: "nightly" }, done));
  expect(await remove()).toEqual({ found: true });
  expect(await remove()).toEqual({ found: false });
  const { status, detail } = await refusal(get("nightly"));
  expect(status).toBe(Status.NOT_FOUND);
  expect(detail).toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining("no schedule nightly"),
  });
});

test.each([
  [{ cron: "61 * * * *" }, 'spec.cron: the minute field is "61"'],
  [{ timeZone: "Mars/Base" }, 'spec.time_zone is "Mars/Base"'],
  [{ everyMs: 5_000 }, "spec.every_ms is set beside spec.cron"],
  [{ cron: "", timeZone: "" }, "spec.cron is empty, and so is spec.every_ms"],
  [{ cron: "", everyMs: 5_000 }, "spec.time_zone is set, but an interval has no time zone"],
  [{ cron: "", timeZone: "", everyMs: 999 }, "spec.every_ms is 999; it must be a whole number from 1000"],
  [{ cron: "0 0 31 2 *" }, "schedule nightly would never be due"],
  [{ endAtMs: 1_700_000_000_000 }, "would never be due before its end, 2023-11-14"],
  [{ startAtMs: 2, endAtMs: 1 }, "spec.end_at_ms is 1, before spec.start_at_ms (2)"],
  [{ catchUpMs: 1 }, "spec.catch_up_ms is 1; it must be a whole number from 10000"],
  [{ name: "n".repeat(101) }, "spec.name has 101 characters; at most 100"],
  [{ job: null }, "spec.job is missing"],
  [{ job: { queue: "q", id: "x" } }, "spec.job.id is set"],
  [{ job: { queue: "q", delayMs: 5 } }, "spec.job.delay_ms is set"],
  [{ job: { queue: "" } }, "spec.job.queue is empty"],
])("put refuses %j", async (wrong, message) => {
  const { status, details } = await refusal(put({ ...nightly, ...wrong }));
  expect(status).toBe(Status.INVALID_ARGUMENT);
  expect(details).toContain(message);
  expect(on.node.state.scheduleNames()).toEqual([]);
});
