import { expect, test } from "vitest";
import { parseSources, readSources } from "../../src/cli/config/polledSources.ts";
import { resolveNodeOptions } from "../../src/cli/config/resolve.ts";

const minimal = { name: "orders", queue: "work", url: "https://shop.example/orders" };

function read(source: unknown) {
  const problems: string[] = [];
  const [settings] = readSources([source], "sources in c.yaml", problems);
  return { settings, problems };
}

test("a source needs a name, a queue and a url; the rest has defaults", () => {
  expect(read(minimal)).toEqual({
    settings: {
      name: "orders",
      queue: "work",
      origin: {
        type: "http",
        url: minimal.url,
        ack: "",
        headers: {},
        ca: "",
        items: "",
        maxBodyBytes: 1_048_576,
      },
      mapping: { id: "id", priority: "", agent: "", cursor: "" },
      job: { priority: "normal" },
      intervalMs: 10_000,
      jitter: 0.1,
      longPollMs: 0,
      timeoutMs: 10_000,
      backoff: { initialMs: 1_000, maxMs: 60_000, multiplier: 2 },
      maxItems: 500,
    },
    problems: [],
  });
});

test("everything that can be said", () => {
  const { settings, problems } = read({
    ...minimal,
    url: "https://shop.example/orders?after={cursor}&limit={limit}&wait={wait}",
    ack: "https://shop.example/done",
    headers: {
      Authorization: { env: "SHOP_TOKEN", prefix: "Bearer " },
      "X-Key": { file: "/run/key" },
      A: "b",
    },
    mapping: { items: "data.items", id: "order.id", priority: "urgency", agent: "customer", cursor: "seq" },
    job: { priority: "high", lease: "1m", retention: "2d", deadRetention: "30d", maxAttempts: 3 },
    interval: "5s",
    jitter: 0.5,
    longPoll: "30s",
    timeout: "3s",
    backoff: { initial: "2s", multiplier: 3, max: "20s" },
    maxItems: 50,
    maxBodyBytes: 1000,
  });
  expect(problems).toEqual([]);
  expect(settings).toMatchObject({
    origin: {
      ack: "https://shop.example/done",
      headers: {
        Authorization: { env: "SHOP_TOKEN", prefix: "Bearer " },
        "X-Key": { file: "/run/key" },
        A: "b",
      },
      items: "data.items",
      maxBodyBytes: 1000,
    },
    mapping: { id: "order.id", priority: "urgency", agent: "customer", cursor: "seq" },
    job: {
      priority: "high",
      lease: 60_000,
      retention: 172_800_000,
      deadRetention: 2_592_000_000,
      maxAttempts: 3,
    },
    intervalMs: 5_000,
    longPollMs: 30_000,
    timeoutMs: 3_000,
    backoff: { initialMs: 2_000, multiplier: 3, maxMs: 20_000 },
    maxItems: 50,
  });
});

test("a function takes the place of the url in a program", () => {
  const poll = (): Promise<unknown[]> => Promise.resolve([]);
  const { settings, problems } = read({ name: "own", queue: "q", poll });
  expect(problems).toEqual([]);
  expect(settings?.origin).toEqual({ type: "function", poll, ack: undefined });
  expect(read({ name: "own", queue: "q", poll: 3, mapping: { items: "x" }, headers: {} }).problems).toEqual([
    'sources in c.yaml: "own": unknown setting "headers"; known are name, queue, mapping, job, interval, jitter, ' +
      "longPoll, timeout, backoff, maxItems, ack, poll",
    'sources in c.yaml: "own": poll: must be a function',
    'sources in c.yaml: "own": mapping: items: of use with a url only; let poll return the array',
  ]);
});

const mistakes: readonly (readonly [string, unknown, readonly string[]])[] = [
  [
    "settings misspelt, also nested ones",
    { ...minimal, intervall: "1s", mapping: { priorty: "x" }, backoff: { maximum: 1 } },
    [
      'sources in c.yaml: "orders": unknown setting "intervall"; did you mean "interval"?',
      'sources in c.yaml: "orders": mapping: unknown setting "priorty"; did you mean "priority"?',
      'sources in c.yaml: "orders": backoff: unknown setting "maximum"; known are initial, multiplier, max',
    ],
  ],
  [
    "what is required",
    { name: "orders" },
    [
      'sources in c.yaml: "orders": queue: missing; it must be 1 to 128 characters of A-Z a-z 0-9 . _ : / -',
      'sources in c.yaml: "orders": url: missing; it must begin with https:// or http://',
    ],
  ],
  [
    "values out of bounds",
    { ...minimal, name: "a b", interval: "never", jitter: 2, longPoll: "5m", maxItems: 0 },
    [
      'sources in c.yaml: "a b": name: "a b" must be 1 to 48 characters of A-Z a-z 0-9 . _ -',
      'sources in c.yaml: "a b": interval: "never" must be a duration such as "250ms", "1s" or "5m", from 10 to 86400000 ms',
      'sources in c.yaml: "a b": jitter: 2 must be a number from 0 to 1',
      'sources in c.yaml: "a b": longPoll: "5m" must be a duration such as "250ms", "1s" or "5m", from 0 to 240000 ms',
      'sources in c.yaml: "a b": maxItems: 0 must be a whole number from 1 to 10000',
    ],
  ],
  [
    "what is filled in to an address",
    { ...minimal, url: "https://shop.example/?a={curser}", ack: "https://shop.example/{limit}" },
    [
      'sources in c.yaml: "orders": url: unknown {curser}; did you mean {cursor}?',
      'sources in c.yaml: "orders": ack: unknown {limit}; nothing is filled in there',
    ],
  ],
  [
    "an acknowledgement that would carry the headers elsewhere",
    { ...minimal, ack: "https://other.example/done" },
    [
      'sources in c.yaml: "orders": ack: must have the same scheme, host and port as url, for the headers are sent ' +
        "there as well",
    ],
  ],
  [
    "headers that are none, without their values",
    {
      ...minimal,
      headers: { "a b": "secret", "Conclave-Term": "secret", Key: { env: "A", file: "secret" } },
    },
    [
      'sources in c.yaml: "orders": headers: "a b" is no name',
      'sources in c.yaml: "orders": headers: Conclave-Term is set by the node itself',
      'sources in c.yaml: "orders": headers: Key must be a text, or { env: VARIABLE } or { file: PATH }, these with a ' +
        "prefix if need be",
    ],
  ],
  [
    "a password in the address, without it",
    { ...minimal, url: "https://me:secret@shop.example/" },
    ['sources in c.yaml: "orders": url: must hold no user and password; send them in headers'],
  ],
  [
    "an address of another kind, without it",
    { ...minimal, url: "ftp://secret" },
    ['sources in c.yaml: "orders": url: it must begin with https:// or http://'],
  ],
];

test.each(mistakes)("%s", (_name, source, expected) => {
  const { problems } = read(source);
  expect(problems).toEqual(expected);
  expect(problems.join()).not.toMatch(/secret/);
});

test("what is no mapping at all is not shown: it may hold a key", () => {
  const { problems } = read("secret");
  expect(problems[0]).toMatch(/^sources in c.yaml: number 1: must be a mapping of name, queue, /);
  expect(problems.join()).not.toMatch(/secret/);
});

test("two sources of a name would make jobs of the same ids", () => {
  const problems: string[] = [];
  readSources([minimal, minimal], "sources", problems);
  expect(problems).toEqual(['sources: name "orders" is there twice; the ids of the jobs begin with it']);
});

const node = { id: "n1", dataDir: "d", peers: "n1=127.0.0.1:1,n2=127.0.0.1:2,n3=127.0.0.1:3" };

test("sources stand in the file, or as JSON in a flag or a variable", () => {
  const file = { path: "c.yaml", content: { ...node, sources: [minimal] } };
  expect(resolveNodeOptions({ flags: {}, env: {}, file }).options.sources).toEqual([minimal]);
  const env = { CONCLAVE_SOURCES: JSON.stringify([minimal]) };
  expect(resolveNodeOptions({ flags: node, env, file: null }).options.sources).toEqual([minimal]);
  expect(parseSources("{")).toBe("{");
  const wrong = { path: "c.yaml", content: { ...node, sources: { orders: minimal } } };
  expect(() => resolveNodeOptions({ flags: {}, env: {}, file: wrong })).toThrow(
    "sources in c.yaml: must be a list of sources (in a flag or a variable as JSON), each with a name",
  );
});

test("secrets in plaintext through a network are warned of", () => {
  const warningsOf = (url: string, headers: unknown): readonly string[] => {
    const file = { path: "c.yaml", content: { ...node, sources: [{ ...minimal, url, headers }] } };
    return resolveNodeOptions({ flags: {}, env: {}, file }).warnings;
  };
  const secret = { Authorization: { env: "TOKEN" } };
  expect(warningsOf("http://shop.example/", secret)).toEqual([
    'source "orders": its headers travel to shop.example in plaintext; use https:',
  ]);
  expect(warningsOf("http://127.0.0.1:80/", secret)).toEqual([]);
  expect(warningsOf("https://shop.example/", secret)).toEqual([]);
  expect(warningsOf("http://shop.example/", { Accept: "x" })).toEqual([]);
});
