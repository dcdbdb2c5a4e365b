import { expect, test } from "vitest";
import { JobId } from "../../../src/base/brands.ts";
import type { Command, Notice, Outcome } from "../../../src/machine/types.ts";
import { Deaths } from "./deaths.ts";

const id = JobId("j");

const redriven: Command = { type: "manage", action: "redrive", ids: [id], by: "operator", why: "" };
const done: Outcome = { type: "manage", results: [{ ok: true, state: "ready" }] };
const refused: Outcome = {
  type: "manage",
  results: [{ ok: false, code: "WRONG_STATE", message: "job j is ready" }],
};

function died(): Notice {
  return { type: "jobDead", id, queue: "q", agent: "", attempts: 1, reason: "did not work", workerId: "w" };
}

test("Q8: a job that dies twice is found, in one entry and in two", () => {
  expect(new Deaths().applied([], [], [died(), died()])).toBe(id);
  const deaths = new Deaths();
  expect(deaths.applied([], [], [died()])).toBeNull();
  expect(deaths.applied([redriven], [refused], [])).toBeNull();
  expect(deaths.applied([], [], [died()])).toBe(id);
});

test("a job that an entry lets begin anew may die once more, whether its death was before or in that entry", () => {
  const before = new Deaths();
  expect(before.applied([], [], [died()])).toBeNull();
  expect(before.applied([redriven], [done], [])).toBeNull();
  expect(before.applied([], [], [died()])).toBeNull();
  expect(before.applied([], [], [died()])).toBe(id);
  const within = new Deaths();
  expect(within.applied([redriven], [done], [died()])).toBeNull();
  expect(within.applied([], [], [died()])).toBeNull();
  expect(within.applied([], [], [died()])).toBe(id);
});

test("a job of the same id that comes when the first is gone may die as well", () => {
  const deaths = new Deaths();
  expect(deaths.applied([], [], [died()])).toBeNull();
  deaths.forget(id);
  expect(deaths.applied([], [], [died()])).toBeNull();
});
