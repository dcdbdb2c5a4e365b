import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HttpApi } from "../../src/api/http/httpApi.ts";
import { nodeStatus } from "../../src/api/nodeStatus.ts";
import { FakeNode } from "../support/fakeNode.ts";
import { recordingLogger } from "../support/silence.ts";
import { until } from "../support/until.ts";

const metrics = { contentType: "text/plain; version=0.0.4", metrics: async () => "some_metric 1\n" };

let node: FakeNode;
let http: HttpApi;
let address: string;
const logger = recordingLogger();
beforeEach(async () => {
  node = new FakeNode();
  http = new HttpApi({ node, metrics, logger, listen: "127.0.0.1:0" });
  address = await http.start();
});
afterEach(() => http.close());

async function get(path: string, init: RequestInit = {}) {
  const response = await fetch(`http://${address}${path}`, init);
  const body = await response.text();
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    headers: response.headers,
    body,
  };
}

test("/healthz answers whatever the cluster does", async () => {
  node.follow(null);
  const answer = await get("/healthz");
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({ alive: true, nodeId: "n1", version: "0.0.0-test" });
});

test("/readyz: 200 on a leader and on a follower that knows one", async () => {
  expect((await get("/readyz")).status).toBe(200);
  node.follow({ id: "n2", address: "10.0.0.2:7400" });
  const answer = await get("/readyz");
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({
    ready: true,
    reason: "",
    role: "ROLE_FOLLOWER",
    leaderId: "n2",
    leaderAddress: "10.0.0.2:7400",
  });
});

test("/readyz answers without a leader: 503 and why", async () => {
  node.follow(null);
  node.raft = { role: "candidate" };
  const answer = await get("/readyz");
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.body)).toMatchObject({
    ready: false,
    reason: "no leader is known",
    role: "ROLE_CANDIDATE",
    term: 1,
    leaderId: "",
  });
});

test("/readyz: a leader whose lease has run out is not ready", async () => {
  node.view = { leaseLeftMs: 0 };
  const answer = await get("/readyz");
  expect(answer.status).toBe(503);
  expect(answer.body).toContain("majority");
});

test.each([
  ["joining", "has not been taken into the cluster yet"],
  ["removed", "was removed from the cluster"],
] as const)("/readyz: a %s node is not ready, and says why", async (standing, reason) => {
  node.view = { standing };
  const answer = await get("/readyz");
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.body)).toMatchObject({
    ready: false,
    reason: expect.stringContaining(reason) as string,
    standing: `STANDING_${standing.toUpperCase()}`,
  });
  expect((await get("/healthz")).status).toBe(200);
});

test("/status is what Cluster.Status says", async () => {
  const answer = await get("/status?pretty");
  expect(answer.type).toBe("application/json; charset=utf-8");
  expect(JSON.parse(answer.body)).toEqual(JSON.parse(JSON.stringify(nodeStatus(node))));
});

test("/metrics passes the registry on, uncached", async () => {
  const answer = await get("/metrics");
  expect(answer).toMatchObject({ status: 200, type: metrics.contentType, body: "some_metric 1\n" });
  expect(answer.headers.get("cache-control")).toBe("no-store");
});

test("HEAD has headers and no body; other methods and paths are told what there is", async () => {
  const head = await get("/status", { method: "HEAD" });
  expect(head).toMatchObject({ status: 200, body: "" });
  expect(Number(head.headers.get("content-length"))).toBeGreaterThan(100);
  const post = await get("/status", { method: "POST", body: "x".repeat(100_000) });
  expect(post.status).toBe(405);
  expect(post.headers.get("allow")).toBe("GET, HEAD");
  for (const path of ["/", "/constructor", "/__proto__", "//status", "/status/"]) {
    const lost = await get(path);
    expect(lost.status).toBe(404);
    expect(JSON.parse(lost.body)).toMatchObject({ paths: ["/metrics", "/healthz", "/readyz", "/status"] });
  }
});

test("a route that fails is 500 without its reason, which is logged", async () => {
  node.status = () => {
    throw new Error("secret");
  };
  const answer = await get("/status");
  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain("secret");
  expect(logger.lines.at(-1)).toMatchObject({ level: "error", fields: { path: "/status" } });
});

test("headers beyond 8 KiB are refused, and bytes that are no HTTP end the connection", async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const [host, port] = address.split(":");
    const call = request({ host, port, path: "/healthz", headers: { "x-much": "x".repeat(10_000) } });
    call.on("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on("error", reject);
    call.end();
  });
  expect(status).toBe(431);
  const closed = await new Promise<boolean>((resolve) => {
    const socket = connect(Number(address.split(":")[1]), "127.0.0.1", () =>
      socket.write("\u0016\u0003garbage\r\n\r\n"),
    );
    socket.resume();
    socket.on("close", () => resolve(true));
  });
  expect(closed).toBe(true);
});

test("a crowd of connections that say nothing does not keep a health check out", async () => {
  const port = Number(address.split(":")[1]);
  const crowd = Array.from({ length: 400 }, () =>
    connect(port, "127.0.0.1")
      .on("error", () => undefined)
      .resume(),
  );
  try {
    await Promise.all(crowd.map((socket) => once(socket, "connect")));
    for (let times = 0; times < 3; times++) expect((await get("/healthz")).status).toBe(200);
    await until("the oldest have made room", () => crowd.filter((socket) => socket.closed).length >= 144);
  } finally {
    for (const socket of crowd) socket.destroy();
  }
});

test("an address that cannot be served is CONFIG_INVALID", async () => {
  const second = new HttpApi({ node, metrics, logger, listen: address });
  await expect(second.start()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
