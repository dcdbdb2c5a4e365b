import { ConclaveError } from "../base/errors.ts";
import { formatHostPort, type HostPort } from "../base/hostPort.ts";
import { grpcTarget, probe } from "./probe.ts";

/** The gRPC target of whoever listens there. Rejects with UNAVAILABLE, and with ABORTED by the signal. */
export function reach(endpoint: HostPort, timeoutMs: number, signal: AbortSignal): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    if (signal.aborted) return reject(aborted());
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const fail = (why: string): void => {
      done();
      reject(new ConclaveError("UNAVAILABLE", `${formatHostPort(endpoint)} cannot be reached: ${why}`));
    };
    const cancel = probe(endpoint, (result) => {
      if (result.type !== "listening")
        return fail(result.type === "failed" ? result.reason : "nobody listens");
      done();
      resolve(grpcTarget(result.address));
    });
    const onAbort = (): void => {
      cancel();
      done();
      reject(aborted());
    };
    const timer = setTimeout(() => {
      cancel();
      fail(`no answer within ${timeoutMs} ms`);
    }, timeoutMs);
    signal.addEventListener("abort", onAbort);
  });
}

export function aborted(): ConclaveError {
  return new ConclaveError("ABORTED", "the caller gave up");
}
