import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { Readable } from "node:stream";
import { describe, PollFailure } from "./pollFailure.ts";

interface Init {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Answers that have no body, and for which `Response` takes none. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * As `fetch` without redirects, trusting the authorities of `caFile` (PEM) and no others: `fetch` itself has no say in that. The
 * file is read each time, so that a certificate can be exchanged while the node runs.
 */
export async function trustingFetch(caFile: string, url: string, init: Init): Promise<Response> {
  const ca = await readAuthorities(caFile);
  const { method, body, signal } = init;
  // What is packed would have to be unpacked here.
  const headers = { ...init.headers, "accept-encoding": "identity" };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request(url, { method, headers, ca, signal }, resolve);
    call.on("error", reject);
    // To a protocol that nobody asked for: without a listener Node.js hangs up, and says so to nobody.
    call.on("upgrade", resolve);
    call.end(body);
  });
  // Not in the callback: what throws there is nobody's, and would end the node.
  try {
    return responseOf(answer);
  } catch (error) {
    answer.destroy();
    const what = `${new URL(url).origin} answered ${answer.statusCode} ${answer.statusMessage}`.trimEnd();
    throw new PollFailure("status", `${what}, which cannot be taken: ${describe(error)}`, { cause: error });
  }
}

/** Throws for an answer that `Response` does not take: RangeError for a status of 600, for example. */
function responseOf(answer: IncomingMessage): Response {
  const { statusCode = 0, statusMessage = "", rawHeaders } = answer;
  const headers = rawHeaders.flatMap((name, at) => {
    const value = rawHeaders[at + 1];
    return at % 2 === 0 && value !== undefined ? [[name, value] as [string, string]] : [];
  });
  const init = { status: statusCode, statusText: statusMessage, headers };
  const hasBody = !bodiless.has(statusCode);
  const response = new Response(hasBody ? Readable.toWeb(answer) : null, init);
  if (hasBody) return response;
  // Nobody reads a body that comes all the same, and so nobody would bound it.
  if (answer.complete) answer.resume();
  else answer.destroy();
  return response;
}

/** Throws PollFailure. */
export async function readAuthorities(caFile: string): Promise<string> {
  let pem: string;
  try {
    pem = await readFile(caFile, "utf8");
  } catch (error) {
    throw new PollFailure("invalid", `ca: its file cannot be read: ${describe(error)}`);
  }
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  throw new PollFailure("invalid", `ca: ${caFile} holds no certificate in PEM`);
}

/** Codes of Node.js and OpenSSL for a certificate that is not to be trusted. */
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|ALTNAME|CRL/;

/** Says what is wrong with the other side's certificate, if that is it; null for anything else. */
export function untrusted(error: unknown, origin: string): PollFailure | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!("code" in cause) || typeof cause.code !== "string" || !certificateCode.test(cause.code)) continue;
    const why = `the certificate of ${origin} is not trusted: ${cause.code}: ${cause.message}`;
    return new PollFailure("unreachable", `${why} (ca: FILE of the source names who is)`, { cause: error });
  }
  return null;
}
