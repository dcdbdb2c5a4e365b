import { describe, expect, test } from "vitest";
import { LogTimeMs } from "../../src/base/brands.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver } from "./harness.ts";

const rate = { limit: 5, intervalMs: 1_000 };

describe("queue settings", () => {
  test("a patch changes what it names and leaves the rest", () => {
    const driver = new Driver();
    driver.apply({ type: "setQueue", queue: "mail", patch: { maxRunning: 3, rate } });
    const [outcome] = driver.apply({ type: "setQueue", queue: "mail", patch: { fair: true } });
    expect(outcome).toMatchObject({ settings: { queue: "mail", maxRunning: 3, rate, fair: true } });
  });

  test("a rate with limit 0 takes it away", () => {
    const driver = new Driver();
    driver.apply({ type: "setQueue", queue: "mail", patch: { rate } });
    const none = { limit: 0, intervalMs: 0 };
    const [outcome] = driver.apply({ type: "setQueue", queue: "mail", patch: { rate: none } });
    expect(outcome).toMatchObject({ settings: { rate: null } });
  });

  test("a pause keeps who was first, and since when", () => {
    const driver = new Driver();
    driver.apply({ type: "setQueue", queue: "mail", patch: { paused: { on: true, by: "ann", why: "bug" } } });
    const since = driver.machine.now;
    driver.pass(1_000);
    const again = { on: true, by: "bob", why: "also" };
    const [outcome] = driver.apply({ type: "setQueue", queue: "mail", patch: { paused: again } });
    expect(outcome).toMatchObject({ settings: { paused: { by: "ann", why: "bug", at: LogTimeMs(since) } } });
  });

  test("they survive a checkpoint and a restart, and a failed write loses none", () => {
    const driver = new Driver();
    driver.apply({ type: "setQueue", queue: "mail", patch: { maxRunning: 3 } });
    driver.machine.beginCheckpoint().abandon();
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    expect(shelf.all().filter((record) => record.kind === "queue")).toHaveLength(1);
    driver.apply({ type: "setQueue", queue: "news", patch: { maxRunning: 4 } });
    shelf.write(driver.machine.beginCheckpoint());
    const restored = shelf.restore();
    expect(restored.stateHash).toBe(driver.machine.stateHash);
    const names = shelf.all().flatMap((record) => (record.kind === "queue" ? [record.settings.queue] : []));
    expect(names.sort()).toEqual(["mail", "news"]);
  });
});
