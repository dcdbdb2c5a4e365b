import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NodeId, Term } from "../../src/base/brands.ts";
import { httpOrigin } from "../../src/duties/httpOrigin.ts";
import type { PollRequest } from "../../src/duties/sourceTypes.ts";
import { Authority, type Certified } from "../support/certificates.ts";
import { InProcessCluster } from "../support/inProcessCluster.ts";
import { until } from "../support/until.ts";

const authority = new Authority("the test's own");
let dir = "";
let ca = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "conclave-tls-"));
  ca = join(dir, "ca.pem");
  await writeFile(ca, authority.cert);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A real TLS server on loopback that has one item, until it is acknowledged. */
class Endpoint implements AsyncDisposable {
  acknowledged = "";
  readonly #server: Server;

  static async start(certified: Certified): Promise<Endpoint> {
    const endpoint = new Endpoint(certified);
    await new Promise<void>((resolve) => endpoint.#server.listen(0, "127.0.0.1", resolve));
    return endpoint;
  }

  private constructor(certified: Certified) {
    this.#server = createServer(certified, (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        if (request.url === "/moved") response.writeHead(302, { location: "/" }).end();
        else if (request.method === "POST") {
          this.acknowledged = body;
          response.writeHead(204).end();
        } else response.end(JSON.stringify(this.acknowledged === "" ? [{ id: "a" }] : []));
      });
    });
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

const asked: PollRequest = {
  source: "orders",
  nodeId: NodeId("n1"),
  term: Term(1),
  cursor: "",
  limit: 10,
  waitMs: 0,
  signal: new AbortController().signal,
};

function poll(url: string, caFile: string) {
  const endpoint = {
    type: "http",
    url,
    ack: url,
    headers: {},
    ca: caFile,
    items: "",
    maxBodyBytes: 99,
  } as const;
  return httpOrigin({ endpoint, env: {}, userAgent: "conclave/1.2.3", wallMs: () => 0 });
}

describe("an https: endpoint", () => {
  test("is polled and acknowledged when its authority is named", async () => {
    await using endpoint = await Endpoint.start(authority.issue());
    const origin = poll(endpoint.url, ca);
    expect(await origin.poll(asked)).toEqual([{ id: "a" }]);
    await origin.ack?.(["a"], asked);
    expect(JSON.parse(endpoint.acknowledged)).toEqual({ source: "orders", ids: ["a"] });
    await expect(poll(`${endpoint.url}/moved`, ca).poll(asked)).rejects.toMatchObject({
      outcome: "status",
      message: expect.stringContaining("redirects are not followed"),
    });
  });

  test("ends with the signal", async () => {
    await using endpoint = await Endpoint.start(authority.issue());
    const signal = AbortSignal.abort(new Error("leads no more"));
    await expect(poll(endpoint.url, ca).poll({ ...asked, signal })).rejects.toThrow("leads no more");
  });

  test.each<readonly [string, () => Certified, boolean, string]>([
    ["of an authority that nobody named", () => authority.issue(), false, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["of another authority", () => new Authority("another").issue(), true, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["for another address", () => authority.issue({ ip: "127.0.0.2" }), true, "ERR_TLS_CERT_ALTNAME_INVALID"],
    [
      "that is over",
      () => authority.issue({ notAfter: new Date(Date.now() - 3_600_000) }),
      true,
      "CERT_HAS_EXPIRED",
    ],
  ])("with a certificate %s is refused with the reason", async (_name, issue, named, code) => {
    await using endpoint = await Endpoint.start(issue());
    await expect(poll(endpoint.url, named ? ca : "").poll(asked)).rejects.toMatchObject({
      outcome: "unreachable",
      message: expect.stringMatching(
        new RegExp(`^the certificate of ${endpoint.url} is not trusted: ${code}: .*ca: FILE`),
      ),
    });
  });

  test("whose file of authorities is gone, or is none", async () => {
    const gone = poll("https://127.0.0.1:1", join(dir, "gone.pem")).poll(asked);
    await expect(gone).rejects.toMatchObject({
      outcome: "invalid",
      message: expect.stringContaining("ENOENT"),
    });
    const none = join(dir, "none.pem");
    await writeFile(none, "no certificate");
    await expect(poll("https://127.0.0.1:1", none).poll(asked)).rejects.toThrow(
      "holds no certificate in PEM",
    );
  });
});

test("a node polls it; while its certificate is bad it backs off, and says why in the metrics", async () => {
  await using good = await Endpoint.start(authority.issue());
  await using bad = await Endpoint.start(new Authority("another").issue());
  const source = (name: string, url: string) => ({
    name,
    queue: "orders",
    url,
    ack: `${url}/done`,
    ca,
    interval: 10,
    backoff: { initial: 20, multiplier: 10, max: "1h" },
  });
  const sources = [source("good", good.url), source("bad", bad.url)];
  await using cluster = await InProcessCluster.start(1, 1, { sources, listenHttp: "127.0.0.1:0" });
  await using client = await cluster.connect("n1");
  await until(
    "the item is a job",
    async () => (await client.jobs.list({ queue: "orders" })).jobs.length === 1,
  );
  await until("it is acknowledged", () => good.acknowledged !== "");
  const count = async (line: string): Promise<number> => {
    const text = await (await fetch(`http://${cluster.node("n1").httpAddress}/metrics`)).text();
    return Number(
      text
        .split("\n")
        .find((each) => each.startsWith(`${line} `))
        ?.slice(line.length),
    );
  };
  const failures = 'conclave_polls_total{source="bad",outcome="unreachable"}';
  await until("the bad one was tried again", async () => (await count(failures)) >= 2);
  const polls = () => count('conclave_polls_total{source="good",outcome="empty"}');
  const before = await polls();
  await until("the good one is polled on", async () => (await polls()) > before + 20);
  // 20 ms, 200 ms, 2 s, ...: without the backoff there would be one for each poll of the good one.
  expect(await count(failures)).toBeLessThan(await polls());
});
