import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer as createPlain, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NodeId, Term } from "../../src/base/brands.ts";
import { httpOrigin } from "../../src/duties/httpOrigin.ts";
import { PollFailure } from "../../src/duties/pollFailure.ts";
import type { PollRequest } from "../../src/duties/sourceTypes.ts";
import { Authority } from "../support/certificates.ts";
import { until } from "../support/until.ts";

const authority = new Authority("the test's own");
let dir = "";
let caFile = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "conclave-odd-"));
  caFile = join(dir, "ca.pem");
  await writeFile(caFile, authority.cert);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const asked: PollRequest = {
  source: "orders",
  nodeId: NodeId("n1"),
  term: Term(1),
  cursor: "",
  limit: 10,
  waitMs: 0,
  signal: new AbortController().signal,
};

/** Answers whoever asks with this very text, and leaves the connection open. */
class Endpoint implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #scheme: string;
  readonly #server: Server;

  static async start(scheme: string, answer: string): Promise<Endpoint> {
    const endpoint = new Endpoint(scheme, answer);
    await new Promise<void>((resolve) => endpoint.#server.listen(0, "127.0.0.1", resolve));
    return endpoint;
  }

  private constructor(scheme: string, answer: string) {
    this.#scheme = scheme;
    const serve = (socket: Socket): void => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write(answer));
    };
    this.#server = scheme === "https" ? createTls(authority.issue(), serve) : createPlain(serve);
  }

  get connections(): number {
    return this.#sockets.size;
  }

  poll(): Promise<readonly unknown[]> {
    const url = `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const ca = this.#scheme === "https" ? caFile : "";
    const endpoint = { type: "http", url, ack: "", headers: {}, ca, items: "", maxBodyBytes: 99 } as const;
    return httpOrigin({ endpoint, env: {}, userAgent: "test", wallMs: () => 0 }).poll(asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const items = "content-length: 2\r\n\r\n[]";

// Put it in: trustingFetch.ts: make the `Response` in the callback of `request`.
describe.each(["http", "https"])("an endpoint of %s:", (scheme) => {
  test.each([
    ["999 Request denied", /answered 999 Request denied/],
    ["600 Beyond", /answered 600 Beyond/],
    ["304 Not Modified", /answered 304 /],
  ])("an answer of %s fails the poll, and is named", async (line, message) => {
    await using endpoint = await Endpoint.start(scheme, `HTTP/1.1 ${line}\r\n${items}`);
    await expect(endpoint.poll()).rejects.toMatchObject({
      outcome: "status",
      message: expect.stringMatching(message),
    });
  });

  test.each([
    "000 Nothing",
    "20 Short",
    "101 Switching Protocols",
    "101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket",
  ])("an answer of %j fails the poll, and its connection is given up", async (line) => {
    await using endpoint = await Endpoint.start(scheme, `HTTP/1.1 ${line}\r\n${items}`);
    await expect(endpoint.poll()).rejects.toBeInstanceOf(PollFailure);
    await until("it is closed", () => endpoint.connections === 0);
  });

  test("204 with a body has brought nothing", async () => {
    await using endpoint = await Endpoint.start(scheme, `HTTP/1.1 204 No Content\r\n${items}`);
    expect(await endpoint.poll()).toEqual([]);
  });
});

// Put it in: trustingFetch.ts: `answer.resume()` of an answer that is not complete as well.
test("a body that may not be, and does not end, keeps no connection", async () => {
  await using endpoint = await Endpoint.start(
    "https",
    "HTTP/1.1 205 Reset Content\r\ncontent-length: 9\r\n\r\n[",
  );
  await expect(endpoint.poll()).rejects.toMatchObject({ outcome: "invalid" });
  await until("it is closed", () => endpoint.connections === 0);
});

test("a text behind the status that is none fails the poll", async () => {
  await using endpoint = await Endpoint.start("https", `HTTP/1.1 200 \u0001\r\n${items}`);
  await expect(endpoint.poll()).rejects.toMatchObject({ outcome: "status" });
});
