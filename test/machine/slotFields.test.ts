import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const source = readFileSync(new URL("../../src/machine/slot.ts", import.meta.url), "utf8");

/** What a job at rest keeps in its row and its template, or what its place there says anew when it wakes. */
const kept = ["id", "template", "queue", "sequence", "enqueuedAt", "readyOrder", "row", "#jobs", "stored"];
/** What `settle` packs into the row first, or stays awake. */
const packed = ["unpacked"];
/** What a job must be without to come to rest: `onlyWaits` asks for each. */
const asked = ["own", "state", "readyAfterMs", "#dueAt", "#course", "rare", "heapIndex"];
/** 0 without a course, or means nothing in a job that is in no heap and whose checkpoint has just been made. */
const meaningless = ["attempt", "heapKey", "dirtyEpoch", "dirtyIndex", "dirtyBytes"];

test("no field of a slot is lost when its job comes to rest: each is kept, asked for, or means nothing", () => {
  const [, body = ""] = source.split("export class JobSlot {");
  const [fields = ""] = body.split("  constructor(");
  const names = [...fields.matchAll(/^ {2}(?:readonly )?(#?\w+)(?::| =)/gm)].map(([, name]) => name);
  const known = [...kept, ...packed, ...asked, ...meaningless];
  expect(new Set(names)).toEqual(new Set(known));
  const [, onlyWaits = ""] = source.split("get onlyWaits(): boolean {");
  const [question = ""] = onlyWaits.split("\n  }");
  for (const name of asked) expect(question).toContain(`this.${name} `);
});
