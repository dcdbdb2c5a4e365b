import * as grpc from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { ClientApi } from "../../src/api/grpc/clientApi.ts";
import { ClusterId } from "../../src/base/brands.ts";
import { connect } from "../../src/client/index.ts";
import { failureOf } from "../support/failure.ts";
import { FakeNode } from "../support/fakeNode.ts";
import { recordingLogger } from "../support/silence.ts";
import { ask, job, refusal, start } from "./harness.ts";

/** What stands at a node's address once it was wiped and has founded a cluster of its own. */
class FoundedAnew extends FakeNode {
  override readonly clusterId = ClusterId("c-other");
}

function meantFor(clusterId: string): grpc.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set("conclave-cluster-id", clusterId);
  return metadata;
}

test("a call that is meant for another cluster is refused, of whatever kind, and nothing is done", async () => {
  await using on = await start();
  const other = meantFor("c-other");
  const refused = await refusal(ask((done) => on.jobs.enqueue({ jobs: [job("a")] }, other, done)));
  expect(refused).toMatchObject({ status: grpc.status.FAILED_PRECONDITION });
  expect(refused.detail).toMatchObject({ code: "IDENTITY_MISMATCH", retryable: false });
  expect(refused.details).toMatch(/meant for cluster "c-other", and node n1 belongs to c-test/);
  const streams = [
    on.jobs.enqueueStream(other),
    on.jobs.waitStream(other),
    on.work.stream(other),
    on.cluster.backup({}, other),
    on.manage.watch({}, other),
  ];
  for (const stream of streams) {
    const end = await new Promise<grpc.StatusObject>((resolve) => {
      stream.on("error", () => undefined);
      stream.on("status", resolve);
      stream.resume();
    });
    expect(end).toMatchObject({ code: grpc.status.FAILED_PRECONDITION, details: refused.details });
  }
  expect(on.node.state.totals.enqueued).toBe(0);
  expect(on.node.workers).toBe(0);
});

test("a call that is meant for this cluster, or for any, is served", async () => {
  await using on = await start();
  await ask((done) => on.jobs.enqueue({ jobs: [job("a")] }, meantFor("c-test"), done));
  await ask((done) => on.jobs.enqueue({ jobs: [job("b")] }, done));
  expect(on.node.state.totals.enqueued).toBe(2);
});

test("a program that is connected does not follow an address into another cluster", async () => {
  const logger = recordingLogger();
  const first = new ClientApi({ node: new FakeNode(), logger, listen: "127.0.0.1:0" });
  const address = await first.start();
  await using cluster = await connect(address);
  await cluster.jobs.enqueue("q", 1);
  await first.close(0);

  const node = new FoundedAnew();
  const second = new ClientApi({ node, logger, listen: address });
  await second.start();
  try {
    const calls = [cluster.jobs.enqueue("q", 2, { timeout: 1_500 }), cluster.jobs.stats({ timeout: 1_500 })];
    const [, refused] = await Promise.all(calls.map(failureOf));
    expect(refused).toMatchObject({ code: "IDENTITY_MISMATCH", message: expect.stringContaining("c-other") });
    expect(node.state.totals.enqueued).toBe(0);
    await using anew = await connect(address);
    await anew.jobs.enqueue("q", 3);
    expect(node.state.totals.enqueued).toBe(1);
  } finally {
    await second.close(0);
  }
});
