import fc from "fast-check";
import { expect, test } from "vitest";
import { jobIdOf, jobOf, nameItem, valueAt } from "../../src/duties/items.ts";
import type { SourceSettings } from "../../src/duties/sourceTypes.ts";

type Mapped = Parameters<typeof jobOf>[0];

const plain = { id: "id", priority: "", agent: "", cursor: "" };
/** An item, and the job that it is to be; or why it can be none. */
function readItem(from: Mapped, given: unknown) {
  const item = nameItem(from, given);
  if ("refused" in item) return item;
  const spec = jobOf(from, given, item);
  return typeof spec === "string" ? { refused: spec, cursor: item.cursor } : { ...item, spec };
}

const source = (more: Partial<Pick<SourceSettings, "mapping" | "job">> = {}): Mapped => ({
  name: "orders",
  queue: "work",
  mapping: plain,
  job: {},
  ...more,
});

test("an item is a job of the source's queue, with the item for its payload", () => {
  const item = { id: 4711, text: "ü", nested: { a: [1] } };
  const read = readItem(source(), item);
  expect(read).toMatchObject({ id: "4711", cursor: "4711", jobId: "orders/4711" });
  if ("refused" in read) throw new Error(read.refused);
  expect(read.spec).toMatchObject({
    id: "orders/4711",
    queue: "work",
    priority: "PRIORITY_NORMAL",
    agent: "",
  });
  expect(JSON.parse(Buffer.from(read.spec.payload ?? "").toString())).toEqual(item);
});

test("fields of the item say its id, priority, agent and cursor", () => {
  const mapping = { id: "order.id", priority: "urgency", agent: "customer.number", cursor: "seq" };
  const item = { order: { id: "a-1" }, urgency: "high", customer: { number: 17 }, seq: 99 };
  expect(readItem(source({ mapping }), item)).toMatchObject({
    id: "a-1",
    cursor: "99",
    jobId: "orders/a-1",
    spec: { priority: "PRIORITY_HIGH", agent: "17" },
  });
});

test("what the source says of all its jobs holds where the item says nothing", () => {
  const job = { priority: "low", lease: "1m", retention: "2d", deadRetention: "3d", maxAttempts: 2 } as const;
  const mapping = { ...plain, priority: "urgency" };
  const low = readItem(source({ job, mapping }), { id: "a" });
  expect(low).toMatchObject({
    spec: {
      priority: "PRIORITY_LOW",
      leaseMs: 60_000,
      retentionMs: 172_800_000,
      deadRetentionMs: 259_200_000,
      retry: { maxAttempts: 2 },
    },
  });
  const high = readItem(source({ job, mapping }), { id: "a", urgency: "high" });
  expect(high).toMatchObject({ spec: { priority: "PRIORITY_HIGH" } });
});

const noId =
  'it has no id: its field "id" must be a text or a whole number below 2^53, for by it an item that comes again is known';
const half = "\ud83d";
const halfId =
  'it has no id: its field "id" is not well-formed text: half of a surrogate pair is in it, which makes one of ids that differ';
const refusals: readonly (readonly [string, unknown, string])[] = [
  ["no field of that name", { number: 1 }, noId],
  ["an empty id", { id: "" }, noId],
  ["an id that is neither", { id: { a: 1 } }, noId],
  ["a number that has lost its last digits", { id: 2 ** 53 }, noId],
  ["an id with half of a surrogate pair", { id: `a${half}` }, halfId],
  ["a text", "a", "it is no object with fields"],
  ["a list", [1], "it is no object with fields"],
  ["nothing", null, "it is no object with fields"],
  [
    "a priority that is none",
    { id: "a", urgency: "asap" },
    "item a: its priority is none of high, normal, low",
  ],
  ["an agent too long", { id: "a", who: "x".repeat(129) }, "item a: agent: "],
  ["too much", { id: "a", text: "x".repeat(2 ** 21) }, "item a: the job's data is 209"],
];

test.each(refusals)("%s: refused, and it is said why", (_what, item, why) => {
  const read = readItem(source({ mapping: { ...plain, priority: "urgency", agent: "who" } }), item);
  expect("refused" in read && read.refused).toContain(why);
});

test("what is refused has a cursor all the same: it must not hold up what comes after it", () => {
  expect(readItem(source({ mapping: { ...plain, cursor: "seq" } }), { seq: 7 })).toMatchObject({
    cursor: "7",
  });
});

test("half of a surrogate pair is no cursor: no URL could carry it", () => {
  expect(readItem(source(), { id: half })).toMatchObject({ cursor: "" });
  const mapping = { ...plain, cursor: "seq" };
  expect(readItem(source({ mapping }), { id: "a", seq: `7${half}` })).toMatchObject({ id: "a", cursor: "" });
  expect(readItem(source({ mapping }), { id: "a", seq: "7😀" })).toMatchObject({ cursor: "7😀" });
});

test("two items of different ids or sources are never the same job, and the id is one that a job may have", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,48}$/);
  fc.assert(
    fc.property(name, fc.string({ minLength: 1 }), name, fc.string({ minLength: 1 }), (s1, i1, s2, i2) => {
      expect(jobIdOf(s1, i1)).toMatch(/^[A-Za-z0-9._:/-]{1,128}$/);
      expect(jobIdOf(s1, i1) === jobIdOf(s2, i2)).toBe(s1 === s2 && i1 === i2);
      expect(jobIdOf(s1, i1)).toBe(jobIdOf(s1, i1));
    }),
  );
  // One that looks like what stands for another.
  const hashed = jobIdOf("s", "ü").slice("s/".length);
  expect(jobIdOf("s", hashed)).not.toBe(jobIdOf("s", "ü"));
});

test("fields are the item's own", () => {
  expect(valueAt({ a: { b: 1 } }, "a.b")).toBe(1);
  expect(valueAt({ a: 1 }, "a.b")).toBeUndefined();
  expect(valueAt({}, "constructor")).toBeUndefined();
  expect(valueAt({ a: 1 }, "")).toBeUndefined();
});
