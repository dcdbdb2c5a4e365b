import * as fc from "fast-check";
import { expect, test } from "vitest";
import { uniqueKey } from "../../src/client/index.ts";
import { startTestCluster } from "../../src/testing/index.ts";

test("equal values have one key, whatever the order of their fields; others have another", () => {
  expect(uniqueKey({ a: 1, b: { c: [1, 2], d: null } })).toBe(uniqueKey({ b: { d: null, c: [1, 2] }, a: 1 }));
  const different = [
    { a: 1 },
    { a: "1" },
    { a: [1] },
    { a: null },
    {},
    [],
    "",
    0,
    [["a", 1]],
    "a",
    { a: { a: 1 } },
  ];
  expect(new Set(different.map(uniqueKey)).size).toBe(different.length);
  expect(uniqueKey({ at: new Date(0), gone: undefined })).toBe(uniqueKey({ at: "1970-01-01T00:00:00.000Z" }));
  expect(uniqueKey(1)).toMatch(/^[\w-]{43}$/);
});

test("it is the key of what JSON makes of the value, and of nothing else", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const shuffled: unknown = JSON.parse(JSON.stringify(a), (_name, value: unknown) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).reverse())
          : value,
      );
      expect(uniqueKey(shuffled)).toBe(uniqueKey(a));
      if (uniqueKey(a) === uniqueKey(b))
        expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
    }),
  );
});

test.each([[undefined], [() => 1], [1n], [Symbol("x")]])("%s is no value to make a key of", (value) => {
  expect(() => uniqueKey(value)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});

test("unique by arguments: one job of the same data at a time, and for as long as the window says", async () => {
  await using cluster = await startTestCluster();
  const enqueue = (data: object) =>
    cluster.jobs.enqueue("sync", data, { dedup: { key: uniqueKey(data), window: "1h" } });
  const first = await enqueue({ user: 7, what: "photos" });
  expect(await enqueue({ what: "photos", user: 7 })).toMatchObject({ id: first.id, existing: true });
  expect(await enqueue({ what: "photos", user: 8 })).toMatchObject({ existing: false });
  cluster.work("sync", {}, () => undefined);
  await cluster.advance("59m");
  expect((await cluster.jobs.get(first.id)).state).toBe("completed");
  expect((await enqueue({ user: 7, what: "photos" })).existing).toBe(true);
  await cluster.advance("2m");
  expect((await enqueue({ user: 7, what: "photos" })).existing).toBe(false);
});

test("a queue is emptied of what does not run; its settings, and what runs, stay", async () => {
  await using cluster = await startTestCluster();
  cluster.work("q", { concurrency: 1 }, () => cluster.sleep("1m"));
  await cluster.queues.set("q", { maxRunning: 5 });
  await cluster.jobs.enqueueMany(Array.from({ length: 30 }, () => ({ queue: "q", data: 1 })));
  await cluster.jobs.enqueue("q", 1, { delay: "1h" });
  await cluster.jobs.enqueue("other", 1);
  await cluster.settled();
  expect(await cluster.queues.purge("q", { dryRun: true })).toMatchObject({ matched: 30, done: 30 });
  expect(await cluster.queues.purge("q", { by: "ann", why: "wrong import" })).toMatchObject({ done: 30 });
  const { settings, counts } = await cluster.queues.get("q");
  expect(settings.maxRunning).toBe(5);
  expect([counts.running, counts.ready.normal, counts.scheduled, counts.cancelled]).toEqual([1, 0, 0, 0]);
  expect((await cluster.jobs.list({ queue: "other" })).jobs).toHaveLength(1);
});
