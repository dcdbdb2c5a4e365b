import { describe, expect, test } from "vitest";
import { JobId } from "../../src/base/brands.ts";
import { Driver, spec } from "./harness.ts";

const payload = new Uint8Array(1_000);

/** All that is dirty is read, and counts no longer. */
function take({ machine }: Driver): void {
  const cut = machine.beginCheckpoint();
  for (const _ of cut.records());
  cut.done();
}

describe("bytes that the next checkpoint would write", () => {
  test("are those of payloads, results and saved checkpoints, each once", () => {
    const driver = new Driver();
    driver.enqueue(spec("1", { payload }), spec("2", { payload }));
    expect(driver.machine.pendingBytes).toBe(2_000);
    const [held] = driver.claim();
    if (held === undefined) throw new Error("none was claimed");
    driver.act({ type: "checkpoint", id: held.id, token: held.token, data: new Uint8Array(300) });
    driver.act({ type: "checkpoint", id: held.id, token: held.token, data: new Uint8Array(200) });
    expect(driver.machine.pendingBytes).toBe(2_200);
    take(driver);
    expect(driver.machine.pendingBytes).toBe(0);
    driver.complete(held, new Uint8Array(50));
    expect(driver.machine.pendingBytes, "its payload, what it saved, and its result").toBe(1_250);
  });

  test("of a job at rest that is touched again are its payload", () => {
    const driver = new Driver();
    driver.enqueue(spec("1", { payload }), spec("2", { payload }));
    take(driver);
    driver.cancel("1");
    expect(driver.machine.pendingBytes).toBe(1_000);
  });

  test("of a job that came and went are none", () => {
    const driver = new Driver();
    driver.enqueue(spec("1", { payload, retentionMs: 0 }), spec("2", { payload }));
    driver.complete({ id: JobId("1"), token: driver.claimOne().token }, new Uint8Array(40));
    driver.fireTimers();
    expect(driver.machine.pendingBytes).toBe(1_000);
  });
});
