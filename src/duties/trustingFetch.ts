import { readFile } from "node:fs/promises";
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
  return await new Promise((resolve, reject) => {
    const call = request(url, { method, headers, ca, signal }, (answer) => {
      const { statusCode = 0, statusMessage = "", rawHeaders } = answer;
      const hasBody = !bodiless.has(statusCode);
      if (!hasBody) answer.resume();
      const pairs = rawHeaders.flatMap((name, at) => {
        const value = rawHeaders[at + 1];
        return at % 2 === 0 && value !== undefined ? [[name, value] as [string, string]] : [];
      });
      const stream = hasBody ? Readable.toWeb(answer) : null;
      resolve(new Response(stream, { status: statusCode, statusText: statusMessage, headers: pairs }));
    });
    call.on("error", reject);
    call.end(body);
  });
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
