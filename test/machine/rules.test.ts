import { describe, expect, test } from "vitest";
import { LogIndex, LogTimeMs } from "../../src/base/brands.ts";
import { Machine, newestRules } from "../../src/machine/index.ts";
import type { Command } from "../../src/machine/types.ts";
import { RecordShelf } from "../support/recordShelf.ts";
import { Driver, spec } from "./harness.ts";

const beginTerm = { type: "beginTerm", leader: "n2" } as const;

/** The state hash after entries at 1, 2, ... */
function hashAfter(...commands: Command[]): string {
  const machine = new Machine();
  for (const [n, command] of commands.entries()) {
    machine.apply(LogIndex(n + 1), { now: LogTimeMs(1_000), commands: [command] });
  }
  return machine.stateHash;
}

describe("which rules the machine follows", () => {
  test("is in the log: those of release 0.1.0 until a term begins with newer ones, and never older ones again", () => {
    const driver = Driver.asBefore();
    expect(driver.machine.rules).toBe(0);
    driver.apply(beginTerm);
    expect(driver.machine.rules).toBe(0);
    driver.apply({ ...beginTerm, rules: newestRules });
    expect(driver.machine.rules).toBe(newestRules);
    driver.apply(beginTerm);
    expect(driver.machine.rules).toBe(newestRules);
  });

  test("is part of the state hash once it is above 0: release 0.1.0 comes to the same hash until then", () => {
    expect(hashAfter(beginTerm), "as release 0.1.0 had it").toBe("756da6916c7da859");
    expect(hashAfter({ ...beginTerm, rules: newestRules })).not.toBe(hashAfter(beginTerm));
  });

  test("is kept by a checkpoint; in the record of a machine of before it is left out", () => {
    for (const rules of [0, newestRules]) {
      const driver = new Driver(new Machine(), rules);
      driver.enqueue(spec("a"));
      const shelf = new RecordShelf();
      shelf.write(driver.machine.beginCheckpoint());
      expect(shelf.restore()).toMatchObject({ rules, stateHash: driver.machine.stateHash });
      const meta = shelf.all().find(({ kind }) => kind === "meta") ?? {};
      expect("rules" in meta).toBe(rules > 0);
    }
  });

  test("is the other one's when a machine takes over another one's state", () => {
    const driver = new Driver();
    driver.enqueue(spec("a"));
    const shelf = new RecordShelf();
    shelf.write(driver.machine.beginCheckpoint());
    const behind = new Machine();
    behind.adopt(shelf.restore());
    expect(behind.rules).toBe(newestRules);
  });
});
