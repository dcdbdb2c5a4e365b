import { readFileSync } from "node:fs";
import { status as Status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { statusCode, statusOf } from "../../src/api/grpc/status.ts";
import { ConclaveError, type ErrorCode, errorCatalogue } from "../../src/base/errors.ts";
import { ask, job, refusal, refusalOf, start } from "./harness.ts";

const codes = Object.keys(errorCatalogue) as ErrorCode[];
const forCallers: readonly (readonly [ErrorCode, Status])[] = [
  ["INVALID_ARGUMENT", Status.INVALID_ARGUMENT],
  ["PAYLOAD_TOO_LARGE", Status.INVALID_ARGUMENT],
  ["NOT_FOUND", Status.NOT_FOUND],
  ["STALE_TOKEN", Status.FAILED_PRECONDITION],
  ["JOB_TERMINAL", Status.FAILED_PRECONDITION],
  ["JOB_DEAD", Status.FAILED_PRECONDITION],
  ["JOB_CANCELLED", Status.FAILED_PRECONDITION],
  ["DUPLICATE", Status.ALREADY_EXISTS],
  ["BREAKER_OPEN", Status.FAILED_PRECONDITION],
  ["QUEUE_CLOSED", Status.FAILED_PRECONDITION],
  ["BATCH_REFUSED", Status.FAILED_PRECONDITION],
  ["WRONG_STATE", Status.FAILED_PRECONDITION],
  ["LIMIT_REACHED", Status.RESOURCE_EXHAUSTED],
  ["EVENTS_GONE", Status.OUT_OF_RANGE],
  ["NOT_LEADER", Status.FAILED_PRECONDITION],
  ["NO_LEADER", Status.UNAVAILABLE],
  ["OVERLOADED", Status.RESOURCE_EXHAUSTED],
  ["SHUTTING_DOWN", Status.UNAVAILABLE],
  ["UNAVAILABLE", Status.UNAVAILABLE],
  ["OUTCOME_UNKNOWN", Status.UNKNOWN],
  ["DEADLINE_EXCEEDED", Status.DEADLINE_EXCEEDED],
  ["ABORTED", Status.CANCELLED],
  ["TRANSFER_FAILED", Status.ABORTED],
  ["MEMBERSHIP_REFUSED", Status.FAILED_PRECONDITION],
  ["MEMBER_REMOVED", Status.FAILED_PRECONDITION],
  ["FORMAT_UNSUPPORTED", Status.FAILED_PRECONDITION],
  ["BACKUP_INVALID", Status.DATA_LOSS],
  ["LEASE_LOST", Status.FAILED_PRECONDITION],
  ["IDENTITY_MISMATCH", Status.FAILED_PRECONDITION],
];
const forOperators: readonly (readonly [ErrorCode, Status])[] = [
  ["CONFIG_INVALID", Status.FAILED_PRECONDITION],
  ["DATA_CORRUPT", Status.DATA_LOSS],
  ["DISK_FAILED", Status.INTERNAL],
  ["INTERNAL", Status.INTERNAL],
];

test("these lists hold the whole catalogue", () => {
  expect([...forCallers, ...forOperators].map(([code]) => code).sort()).toEqual([...codes].sort());
});

test("each code of the node reaches the client with its status, details and advice", async () => {
  await using on = await start();
  for (const [code, status] of forCallers) {
    on.node.failure = new ConclaveError(code, `${code}: what was wrong; what to do`, {
      leaderId: "n3",
      leaderAddress: "10.0.0.3:7400",
      retryAfterMs: 250,
    });
    const refused = await refusal(ask((done) => on.jobs.enqueue({ jobs: [job("a")] }, done)));
    expect(refused).toEqual({
      status,
      details: `${code}: what was wrong; what to do`,
      detail: {
        code,
        message: `${code}: what was wrong; what to do`,
        retryable: errorCatalogue[code].retryable,
        leaderId: "n3",
        leaderAddress: "10.0.0.3:7400",
        retryAfterMs: 250,
        resumeIndex: 0,
      },
    });
  }
  expect(on.log.filter((line) => line.level === "error")).toEqual([]);
});

test.each(forOperators)(
  "%s keeps its code, and its message stays in the node's log",
  async (code, status) => {
    await using on = await start();
    on.node.failure = new ConclaveError(code, "cannot write /var/lib/secret/000123.log");
    const refused = await refusal(ask((done) => on.jobs.enqueue({ jobs: [job("a")] }, done)));
    expect(refused).toMatchObject({ status, detail: { code } });
    expect(refused.details).not.toContain("secret");
    const line = on.log.find((each) => each.level === "error");
    expect(line?.fields).toMatchObject({ err: on.node.failure, rpc: "/conclave.v1.Jobs/Enqueue" });
    const errorId = /error id ([0-9a-f]{12})$/.exec(refused.details)?.[1] ?? "no id in the message";
    expect(line?.fields).toMatchObject({ errorId });
  },
);

test("an unknown error is INTERNAL under an id, in unary calls and in band", async () => {
  await using on = await start();
  on.node.failure = new TypeError("Cannot read properties of undefined (reading 'secret')");
  const refused = await refusal(ask((done) => on.jobs.get({ id: "a" }, done)));
  expect(refused).toMatchObject({ status: Status.INTERNAL, detail: { code: "INTERNAL", retryable: false } });
  expect(refused.details).not.toContain("secret");
  const stream = on.jobs.enqueueStream();
  stream.write({ requestId: 1, jobs: [job("a")] });
  const reply = await new Promise<{ error: { code: string; message: string } | null }>((resolve) =>
    stream.once("data", resolve),
  );
  expect(reply.error?.code).toBe("INTERNAL");
  expect(reply.error?.message).not.toContain("secret");
  stream.end();
  await new Promise((resolve) => stream.on("status", resolve));
  const ids = on.log
    .filter((line) => line.level === "error")
    .map((line) => (line.fields as { errorId: string }).errorId);
  expect(new Set(ids).size).toBe(2);
});

test("a long message is cut in the status line, so that trailers stay small", () => {
  const status = statusOf(new ConclaveError("INVALID_ARGUMENT", "x".repeat(5000)));
  expect(status.details).toHaveLength(1024);
  expect(refusalOf(status).detail?.message).toHaveLength(1024);
});

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split("\n", 1)[0]?.replaceAll("`", "") ?? "", section]),
);

test("docs/errors.md has one section per code of the catalogue, and no other", () => {
  expect([...sections.keys()]).toEqual(codes);
});

test.each(codes)("docs/errors.md says of %s what the code does", (code) => {
  const section = sections.get(code) ?? "";
  const { retryable, summary } = errorCatalogue[code];
  expect(section).toContain(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
  expect(section).toContain(
    `Retryable: ${retryable ? "yes" : "no"}. gRPC status: ${Status[statusCode(code)]}.`,
  );
  for (const part of ["**Safe:** ", "**Do:** "]) expect(section).toContain(part);
});
