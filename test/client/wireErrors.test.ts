import { Metadata, status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { ConclaveError, type ErrorCode, errorCatalogue } from "../../src/base/errors.ts";
import { asConclaveError, fromDetail, fromGrpc } from "../../src/client/wireErrors.ts";
import { detail, statusWith } from "../support/fakeServer.ts";

const wire = {
  code: "",
  message: "m",
  retryable: false,
  leaderId: "",
  leaderAddress: "",
  retryAfterMs: 0,
  resumeIndex: 0,
};
const bare = (code: status, details: string) => ({ code, details, metadata: new Metadata() });

describe("errors of the wire", () => {
  it.each(Object.keys(errorCatalogue) as ErrorCode[])("%s arrives as it was sent", (code) => {
    const sent = detail(code, "what and why", { leaderId: "n2", leaderAddress: "h:1", retryAfterMs: 7 });
    const error = fromGrpc(statusWith(sent) as never, "h:2");
    expect(error).toBeInstanceOf(ConclaveError);
    expect(error).toMatchObject({
      code,
      message: "what and why",
      retryable: errorCatalogue[code].retryable,
      leaderId: "n2",
      leaderAddress: "h:1",
      retryAfterMs: 7,
    });
  });

  it("empty hints are none", () => {
    const error = fromDetail({ ...wire, code: "NOT_LEADER" });
    expect(error).toMatchObject({ leaderId: undefined, leaderAddress: undefined, retryAfterMs: undefined });
  });

  it("a code of a newer release keeps its name and whether to retry", () => {
    expect(fromDetail({ ...wire, code: "BRAND_NEW", retryable: true })).toMatchObject({
      code: "UNAVAILABLE",
    });
    const error = fromDetail({ ...wire, code: "BRAND_NEW" });
    expect(error).toMatchObject({ code: "INTERNAL", message: "BRAND_NEW: m" });
  });

  it.each([
    [status.UNAVAILABLE, "UNAVAILABLE"],
    [status.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"],
    [status.FAILED_PRECONDITION, "NOT_LEADER"],
    [status.INVALID_ARGUMENT, "INVALID_ARGUMENT"],
    [status.NOT_FOUND, "NOT_FOUND"],
    [status.RESOURCE_EXHAUSTED, "PAYLOAD_TOO_LARGE"],
    [status.UNIMPLEMENTED, "INTERNAL"],
    [status.INTERNAL, "OUTCOME_UNKNOWN"],
    [status.CANCELLED, "OUTCOME_UNKNOWN"],
    [status.UNKNOWN, "OUTCOME_UNKNOWN"],
  ])("status %s without details", (code, expected) => {
    const error = fromGrpc(bare(code, "plain text"), "h:1");
    expect(error.code).toBe(expected);
    expect(error.message).toContain("h:1");
    expect(error.message).toContain("plain text");
  });

  it("details that are not ours are as good as none", () => {
    const odd = bare(status.UNAVAILABLE, "proxy");
    odd.metadata.set("grpc-status-details-bin", Buffer.from([0xff, 0xff, 0xff]));
    expect(fromGrpc(odd, "h:1").code).toBe("UNAVAILABLE");
  });

  it("anything else that was thrown becomes INTERNAL, with its cause", () => {
    const cause = new TypeError("oops");
    expect(asConclaveError(cause)).toMatchObject({ code: "INTERNAL", cause });
  });
});
