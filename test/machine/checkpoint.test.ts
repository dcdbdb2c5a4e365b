import { describe, expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { Machine } from "../../src/machine/index.ts";
import { pageJobs, pageOf, sideName } from "../../src/machine/records.ts";
import type { JobRecord, MachineRecord } from "../../src/machine/types.ts";
import type { CheckpointCut } from "../../src/machine/view.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, spec } from "./harness.ts";

function otherName(record: Exclude<MachineRecord, JobRecord>): string {
  return record.kind === "meta" ? `meta@${record.appliedIndex}` : sideName(record);
}

function jobsOf(cut: CheckpointCut): string[] {
  return [...cut.records()].map((record) =>
    record.kind === "job" ? `${record.job.spec.id}:${record.job.state}` : otherName(record),
  );
}

function take(driver: Driver): string[] {
  const cut = driver.machine.beginCheckpoint();
  const jobs = jobsOf(cut);
  cut.done();
  return jobs;
}

describe("a cut holds what changed since the last one", () => {
  test("first all, then only what changed, always with the machine's own record last", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"), spec("2"));
    expect(driver.machine.pendingRecords).toBe(2);
    expect(take(driver)).toEqual(["1:ready", "2:ready", "meta@2"]);
    expect(driver.machine.pendingRecords).toBe(0);
    driver.claimOne();
    expect(take(driver)).toEqual(["1:running", "meta@3"]);
    expect(take(driver)).toEqual(["meta@3"]);
  });

  test("a job that came and went between two cuts costs nothing", () => {
    const driver = new Driver();
    driver.enqueue(spec("1", { retentionMs: 0 }), spec("2"));
    driver.cancel("1");
    driver.fireTimers();
    const cut = driver.machine.beginCheckpoint();
    expect(cut.size).toBe(2);
    expect([...cut.deletes]).toEqual([]);
    expect(jobsOf(cut)).toEqual(["2:ready", "meta@4"]);
  });

  test("a purged job is a delete, once; an id enqueued anew is another record", () => {
    const driver = new Driver();
    driver.enqueue(spec("1", { retentionMs: 0 }), spec("2", { retentionMs: 0 }));
    take(driver);
    driver.cancel("1");
    driver.cancel("2");
    driver.fireTimers();
    driver.enqueue(spec("2"));
    const cut = driver.machine.beginCheckpoint();
    expect([...cut.deletes]).toEqual([1, 2]);
    expect(jobsOf(cut)).toEqual(["2:ready", `meta@${driver.index}`]);
    cut.done();
    expect([...driver.machine.beginCheckpoint().deletes]).toEqual([]);
  });
});

test("jobs of one page come one after the other, in whatever order they changed", () => {
  const driver = new Driver();
  for (let at = 0; at < 3 * pageJobs; at++) driver.enqueue(spec(`${at}`));
  take(driver);
  for (let at = 0; at < 2 * pageJobs; at++) driver.cancel(`${(at * 7) % (3 * pageJobs)}`);
  for (let at = 0; at < 9; at++) driver.enqueue(spec(`new ${at}`, { retentionMs: at % 2 }));
  for (let at = 0; at < 9; at++) driver.cancel(`new ${at}`);
  driver.fireTimers();
  driver.enqueue(spec("last"));
  const pages = [...driver.machine.beginCheckpoint().records()].flatMap((record) =>
    record.kind === "job" ? [pageOf(record.sequence)] : [],
  );
  const runs = pages.filter((page, at) => page !== pages[at - 1]);
  expect(runs.length).toBeGreaterThan(1);
  expect(new Set(runs).size).toBe(runs.length);
});

describe("copy on write", () => {
  test("what changes while the cut is consumed is in it as it was", () => {
    const driver = new Driver();
    driver.enqueue(spec("1", { retentionMs: 0 }), spec("2"), spec("3"));
    const cut = driver.machine.beginCheckpoint();
    const { appliedIndex } = cut;
    const records = cut.records()[Symbol.iterator]();
    driver.claim(2);
    driver.enqueue(spec("4"));
    driver.cancel("3");
    driver.complete({ id: JobId("1"), token: driver.job("1").lastToken });
    driver.fireTimers();
    expect(driver.machine.job(JobId("1")), "purged while the cut is under way").toBeUndefined();
    const rest: MachineRecord[] = [];
    for (let item = records.next(); item.done !== true; item = records.next()) rest.push(item.value);
    const states = rest.map((each) => (each.kind === "job" ? each.job.state : otherName(each)));
    expect(states).toEqual(["ready", "ready", "ready", `meta@${appliedIndex}`]);
    cut.done();

    const next = driver.machine.beginCheckpoint();
    expect([...next.deletes]).toEqual([1]);
    expect(jobsOf(next).sort()).toEqual(["2:running", "3:cancelled", "4:ready", `meta@${driver.index}`]);
  });

  test("a record taken before the change is not in the cut twice, and the change is in the next", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"), spec("2"));
    const cut = driver.machine.beginCheckpoint();
    const records = cut.records()[Symbol.iterator]();
    const first = records.next().value as JobRecord;
    expect(first.job).toMatchObject({ spec: { id: "1" }, state: "ready" });
    driver.claimOne();
    expect(records.next().value).toMatchObject({ job: { spec: { id: "2" } } });
    expect(records.next().value).toMatchObject({ kind: "meta", appliedIndex: 2 });
    expect(records.next().done).toBe(true);
    cut.done();
    expect(take(driver)).toEqual(["1:running", "meta@3"]);
  });

  test("an abandoned cut is dirty again, as the jobs are by then", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"), spec("2"), spec("3", { retentionMs: 0 }));
    const cut = driver.machine.beginCheckpoint();
    cut.records()[Symbol.iterator]().next();
    driver.claimOne();
    driver.cancel("3");
    driver.fireTimers();
    cut.abandon();
    const next = driver.machine.beginCheckpoint();
    expect([...next.deletes], "the failed write may have stored it").toEqual([3]);
    expect(jobsOf(next).sort()).toEqual(["1:running", "2:ready", `meta@${driver.index}`]);
  });

  test("a delete that was abandoned is not lost when the id came and went once more", () => {
    const driver = new Driver();
    const fleeting = spec("1", { retentionMs: 0 });
    driver.enqueue(fleeting);
    take(driver);
    driver.cancel("1");
    driver.fireTimers();
    const cut = driver.machine.beginCheckpoint();
    expect([...cut.deletes]).toEqual([1]);
    driver.enqueue(fleeting);
    cut.abandon();
    driver.cancel("1");
    driver.fireTimers();
    expect([...driver.machine.beginCheckpoint().deletes]).toEqual([1]);
  });

  test("one cut at a time, consumed once and wholly before it is done", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    const cut = driver.machine.beginCheckpoint();
    expect(() => driver.machine.beginCheckpoint()).toThrow("one checkpoint at a time");
    expect(() => cut.done()).toThrow("only after all its records were consumed");
    jobsOf(cut);
    expect(() => jobsOf(cut)).toThrow("consumed once");
    cut.done();
    expect(() => cut.abandon()).toThrow("has ended already");
  });
});

test("a job that lives to see a checkpoint no longer holds the message it came in", () => {
  const driver = new Driver();
  const message = Buffer.alloc(100_000, 7);
  driver.enqueue(spec("1", { payload: message.subarray(50, 60) }));
  const held = driver.claimOne();
  driver.complete(held, message.subarray(0, 20));
  take(driver);
  const { spec: kept, result } = driver.job("1");
  expect([...kept.payload]).toEqual(new Array(10).fill(7));
  expect(kept.payload.buffer).not.toBe(message.buffer);
  expect(result?.buffer.byteLength).toBe(20);
});

describe("restore", () => {
  /** A checkpoint's records, tampered with. */
  function restoring(change: (records: MachineRecord[]) => MachineRecord[]): () => void {
    const driver = new Driver();
    driver.enqueue(spec("1"), spec("2"));
    driver.claimOne();
    const cut = driver.machine.beginCheckpoint();
    const records = change([...cut.records()]);
    return () => {
      const machine = new Machine();
      machine.restore(records);
      machine.restored();
    };
  }
  const corrupt = expect.objectContaining({ code: "DATA_CORRUPT" });

  test("goes on where the machine was, tokens and order included", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"), spec("2"), spec("3"), spec("4"));
    const [one, two] = driver.claim(2);
    if (one === undefined || two === undefined) throw new Error("two jobs");
    driver.release(two);
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const restored = new Driver(shelf.restore(1));
    expect(restored.machine.stateHash).toBe(driver.machine.stateHash);
    expect(restored.release(two), "a repeated act answers alike").toEqual({ ok: true, type: "release" });
    expect(restored.complete(one)).toMatchObject({ ok: true });
    expect(restored.claim(9).map((job) => job.id)).toEqual(["2", "3", "4"]);
  });

  test("of nothing is a new machine", () => {
    const machine = new Machine();
    machine.restore([]);
    machine.restored();
    expect(machine.appliedIndex).toBe(0);
    expect(machine.stateHash).toBe(new Machine().stateHash);
  });

  test("refuses records that do not fit together", () => {
    expect(restoring((records) => records)).not.toThrow();
    const without = (at: number) => restoring((records) => records.filter((_, n) => n !== at));
    expect(without(0), "a job is missing").toThrow(corrupt);
    expect(without(2), "the machine's own record is missing").toThrow(corrupt);
    expect(
      restoring((records) => [...records, ...records.slice(2)]),
      "two of the machine's own",
    ).toThrow(corrupt);
    expect(
      restoring(([first, , meta]) => [first, first, meta].flatMap((each) => each ?? [])),
      "a job twice",
    ).toThrow(corrupt);
    expect(
      restoring((records) =>
        records.map((each) =>
          each.kind === "job"
            ? { ...each, job: { ...each.job, spec: { ...each.job.spec, id: JobId("1") } } }
            : each,
        ),
      ),
      "two jobs with one id",
    ).toThrow(expect.objectContaining({ message: expect.stringContaining("job 1 is there twice") }));
    expect(
      restoring((records) =>
        records.map((each) => (each.kind === "job" ? { ...each, job: { ...each.job, claim: null } } : each)),
      ),
      "running without a claim",
    ).toThrow(corrupt);
    expect(
      restoring((records) =>
        records.map((each) => (each.kind === "meta" ? { ...each, stateHash: "x" } : each)),
      ),
      "no hash",
    ).toThrow(corrupt);
  });

  test("only into a new machine, and before the first entry", () => {
    const driver = new Driver();
    driver.enqueue(spec("1"));
    expect(() => driver.machine.restore([])).toThrow("only a new machine");
    const machine = new Machine();
    machine.restore([]);
    expect(() => new Driver(machine)).toThrow("restored() comes before");
  });
});
