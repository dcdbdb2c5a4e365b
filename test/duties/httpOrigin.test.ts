import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NodeId, Term } from "../../src/base/brands.ts";
import { httpOrigin, retryAfterMs, urlOf } from "../../src/duties/httpOrigin.ts";
import type { HttpEndpoint, PollRequest } from "../../src/duties/sourceTypes.ts";
import { until } from "../support/until.ts";

let answer: RequestListener;
let url: string;
const requests: { readonly request: IncomingMessage; body: string }[] = [];
const server = createServer((request, response) => {
  const seen = { request, body: "" };
  requests.push(seen);
  request.on("data", (chunk: Buffer) => {
    seen.body += chunk.toString();
  });
  request.on("end", () => answer(request, response));
});

beforeEach(async () => {
  requests.length = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
});

const asked: PollRequest = {
  source: "orders",
  nodeId: NodeId("n2"),
  term: Term(7),
  cursor: "a&b",
  limit: 10,
  waitMs: 0,
  signal: new AbortController().signal,
};

function originOf(more: Partial<HttpEndpoint> = {}, env: Readonly<Record<string, string>> = {}) {
  const endpoint = {
    type: "http",
    url,
    ack: "",
    headers: {},
    items: "",
    ca: "",
    maxBodyBytes: 1000,
    ...more,
  } as const;
  return httpOrigin({ endpoint, env, userAgent: "conclave/1.2.3", wallMs: () => 0 });
}

function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_request, response) => void response.writeHead(status, headers).end(JSON.stringify(value));
}

test("asks by GET, says who asks, and fills in what the address wants", async () => {
  answer = json([{ id: 1 }]);
  const { poll } = originOf({ url: `${url}/q?after={cursor}&limit={limit}&wait={wait}` });
  expect(await poll({ ...asked, waitMs: 30_500 })).toEqual([{ id: 1 }]);
  const [seen] = requests;
  expect(seen?.request.method).toBe("GET");
  expect(seen?.request.url).toBe("/q?after=a%26b&limit=10&wait=30");
  expect(seen?.request.headers).toMatchObject({
    accept: "application/json",
    "user-agent": "conclave/1.2.3",
    prefer: "wait=30",
    "conclave-source": "orders",
    "conclave-node": "n2",
    "conclave-term": "7",
  });
});

test("the array may stand in a field; nothing at all is no items", async () => {
  answer = json({ data: { items: [1, 2] } });
  expect(await originOf({ items: "data.items" }).poll(asked)).toEqual([1, 2]);
  answer = (_request, response) => void response.writeHead(204).end();
  expect(await originOf().poll(asked)).toEqual([]);
});

test("headers come from texts, variables and files, anew each time", async () => {
  answer = json([]);
  const folder = await mkdtemp(join(tmpdir(), "conclave-"));
  const file = join(folder, "key");
  const env: Record<string, string> = { TOKEN: "one" };
  const headers = { Authorization: { env: "TOKEN", prefix: "Bearer " }, "X-Key": { file }, Accept: "x/y" };
  await writeFile(file, "first\n");
  const { poll } = originOf({ headers }, env);
  await poll(asked);
  await writeFile(file, "second\n");
  env["TOKEN"] = "two";
  await poll(asked);
  const sent = requests.map(({ request }) => request.headers);
  expect(sent[0]).toMatchObject({ authorization: "Bearer one", "x-key": "first", accept: "x/y" });
  expect(sent[1]).toMatchObject({ authorization: "Bearer two", "x-key": "second" });
  await rm(folder, { recursive: true });
  await expect(poll(asked)).rejects.toThrow(/^header X-Key: its file cannot be read: ENOENT/);
});

test("a secret is in no message", async () => {
  const headers = { Authorization: { env: "TOKEN" } };
  const bad = originOf({ headers }, { TOKEN: "sesame\nopen" }).poll(asked);
  await expect(bad).rejects.toThrow(
    "header Authorization: its value has characters that a header cannot have",
  );
  await expect(originOf({ headers }).poll(asked)).rejects.toThrow("the variable TOKEN is not set");
  expect(requests).toEqual([]);
  answer = (_request, response) => void response.writeHead(200).end('{"sesame": ');
  await expect(originOf().poll(asked)).rejects.toThrow(/^the answer \(11 bytes\) is no JSON$/);
  answer = json({}, 500);
  await expect(originOf({ url: `${url}/?key=sesame` }).poll(asked)).rejects.toThrow(
    /^http:[^?]* answered 500 /,
  );
});

const failures: readonly (readonly [string, RequestListener, object])[] = [
  ["busy", json({}, 503, { "retry-after": "120" }), { outcome: "status", retryAfterMs: 120_000 }],
  [
    "busy until a time",
    json({}, 429, { "retry-after": "Thu, 01 Jan 1970 00:01:00 GMT" }),
    { outcome: "status", retryAfterMs: 60_000 },
  ],
  ["elsewhere", json({}, 302, { location: "http://127.0.0.1:1/" }), { outcome: "status" }],
  ["no array", json({ id: 1 }), { outcome: "invalid", message: "the answer is no array of items" }],
  ["too much", json(["x".repeat(1000)]), { outcome: "invalid" }],
  [
    "too much, packed",
    (_request, response) =>
      void response
        .writeHead(200, { "content-encoding": "gzip" })
        .end(gzipSync(`["${"x".repeat(100_000)}"]`)),
    {
      outcome: "invalid",
      message: "the answer has more than 1000 bytes (maxBodyBytes): ask for fewer items at a time",
    },
  ],
  ["a connection that breaks", (request) => void request.socket.destroy(), { outcome: "unreachable" }],
  [
    "one that breaks in the answer",
    (request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("[1,");
      setImmediate(() => request.socket.destroy());
    },
    { outcome: "unreachable" },
  ],
];

test.each(failures)("%s", async (_what, how, expected) => {
  answer = how;
  await expect(originOf().poll(asked)).rejects.toMatchObject({ retryAfterMs: 0, ...expected });
  // Not followed, not repeated: the wait is the poller's.
  expect(requests).toHaveLength(1);
});

test("nobody there: the reason is told, not only that it failed", async () => {
  await new Promise<unknown>((resolve) => server.close(resolve));
  const poll = originOf().poll(asked);
  await expect(poll).rejects.toMatchObject({ outcome: "unreachable" });
  await expect(poll).rejects.toThrow(/ECONNREFUSED/);
});

test("an abort ends the request, and its connection", async () => {
  const controller = new AbortController();
  let closed = false;
  answer = (request) => {
    request.socket.on("close", () => {
      closed = true;
    });
    controller.abort(new Error("lost"));
  };
  await expect(originOf().poll({ ...asked, signal: controller.signal })).rejects.toThrow("lost");
  await until("the endpoint sees it", () => closed);
  await expect(originOf().poll({ ...asked, signal: controller.signal })).rejects.toThrow("lost");
  expect(requests).toHaveLength(1);
});

test("acknowledges by POST", async () => {
  answer = (_request, response) => void response.writeHead(204).end();
  const { ack } = originOf({ ack: `${url}/done`, headers: { Authorization: "Bearer x" } });
  await ack?.(["a", "b"], asked);
  const [seen] = requests;
  expect(seen?.request.method).toBe("POST");
  expect(seen?.request.url).toBe("/done");
  expect(seen?.request.headers).toMatchObject({
    "content-type": "application/json",
    authorization: "Bearer x",
    "conclave-term": "7",
  });
  expect(JSON.parse(seen?.body ?? "")).toEqual({ source: "orders", ids: ["a", "b"] });
  answer = json({}, 409);
  await expect(ack?.(["a"], asked)).rejects.toMatchObject({ outcome: "status" });
  expect(originOf().ack).toBeNull();
});

test("what is filled in cannot leave its place", () => {
  const filled = urlOf("https://a/{cursor}?l={limit}", { ...asked, cursor: "../x?y#z" });
  expect(filled).toBe("https://a/..%2Fx%3Fy%23z?l=10");
});

test("waits that an answer asks for", () => {
  expect(retryAfterMs(null, 0)).toBe(0);
  expect(retryAfterMs("soon", 0)).toBe(0);
  expect(retryAfterMs("Thu, 01 Jan 1970 00:00:10 GMT", 20_000)).toBe(0);
});
