import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { afterEach, expect, it } from "vitest";
import { connect } from "../../src/client/index.ts";
import { describeCluster } from "../../src/transport/describeCluster.ts";
import { failureOf } from "../support/failure.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What has none of the services that it is asked for, as one port of a node for another's callers. */
async function otherGrpc(): Promise<string> {
  const server = new Server();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  closing.push(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

async function plainHttp(): Promise<string> {
  const server = createServer((_request, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const cases = [
  ["gRPC without the service", otherGrpc, "--listen-peer", "--listen-client"],
  ["HTTP", plainHttp, "--listen-http", "--listen-http"],
] as const;

it.each(cases)("a client that reaches %s is told of the likely mistake", async (_what, listen, port) => {
  const address = await listen();
  const error = await failureOf(connect(address, { timeout: "1s" }));
  expect(error).toMatchObject({ code: "UNAVAILABLE" });
  expect(error.message).toContain(`${address}: what listens there`);
  expect(error.message).toContain(`(${port})? Clients connect to that of --listen-client`);
});

it.each(cases)("so is a node that is to join by it (%s)", async (_what, listen, _client, port) => {
  const signal = new AbortController().signal;
  const error = await failureOf(describeCluster([await listen()], { timeoutMs: 2_000, signal }));
  expect(error.message).toContain(`(${port})? Nodes talk to that of --listen-peer`);
});
