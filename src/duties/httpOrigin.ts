import { headersOf } from "./headers.ts";
import { valueAt } from "./items.ts";
import type { Origin } from "./poller.ts";
import { asFailure, PollFailure } from "./pollFailure.ts";
import type { HttpEndpoint, PollRequest } from "./sourceTypes.ts";
import { trustingFetch, untrusted } from "./trustingFetch.ts";

export interface HttpOriginOptions {
  readonly endpoint: HttpEndpoint;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  /** For a Retry-After that is a date. */
  readonly wallMs: () => number;
}

/** An endpoint that is polled by GET, and told of what is done by POST. */
export function httpOrigin(options: HttpOriginOptions): Origin {
  const { endpoint } = options;
  return {
    poll: async (request) => {
      const response = await send(options, urlOf(endpoint.url, request), request, { method: "GET" });
      if (response.status === 204) return [];
      return itemsOf(await readJson(response, endpoint.maxBodyBytes), endpoint.items);
    },
    ack:
      endpoint.ack === ""
        ? null
        : async (ids, request) => {
            const body = JSON.stringify({ source: request.source, ids });
            const response = await send(options, endpoint.ack, request, { method: "POST", body });
            await response.body?.cancel();
          },
  };
}

/** Rejects with PollFailure for anything but success. */
async function send(
  { endpoint, env, userAgent, wallMs }: HttpOriginOptions,
  url: string,
  { source, nodeId, term, waitMs, signal }: PollRequest,
  init: { readonly method: "GET" | "POST"; readonly body?: string },
): Promise<Response> {
  const headers = {
    accept: "application/json",
    "user-agent": userAgent,
    ...(init.body !== undefined && { "content-type": "application/json" }),
    ...(waitMs > 0 && { prefer: `wait=${Math.floor(waitMs / 1000)}` }),
    ...(await headersOf(endpoint.headers, env)),
    "conclave-source": source,
    "conclave-node": nodeId,
    "conclave-term": String(term),
  };
  let response: Response;
  try {
    // The lease, once more: reading a header's file took its time.
    signal.throwIfAborted();
    response =
      endpoint.ca === ""
        ? await fetch(url, { ...init, headers, signal, redirect: "manual" })
        : await trustingFetch(endpoint.ca, url, { ...init, headers, signal });
  } catch (error) {
    throw untrusted(error, originOf(url)) ?? asFailure(error, "unreachable");
  }
  if (response.ok) return response;
  await response.body?.cancel();
  const redirected = response.status >= 300 && response.status < 400;
  const what = redirected ? "redirects are not followed: give the final address" : response.statusText;
  throw new PollFailure("status", `${originOf(url)} answered ${response.status} ${what}`.trimEnd(), {
    retryAfterMs: retryAfterMs(response.headers.get("retry-after"), wallMs()),
  });
}

/** What is in braces is filled in; docs/duties.md. */
export function urlOf(template: string, { cursor, limit, waitMs }: Omit<PollRequest, "signal">): string {
  const values: Readonly<Record<string, string>> = {
    cursor,
    limit: String(limit),
    wait: String(Math.floor(waitMs / 1000)),
  };
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

/** Seconds, or a date (RFC 9110 10.2.3); 0 for what is neither. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, at - nowMs);
}

/** Bytes are counted as they come, unpacked: an answer that does not end must not fill the memory. */
async function readJson(response: Response, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        const why = `the answer has more than ${maxBytes} bytes (maxBodyBytes): ask for fewer items at a time`;
        throw new PollFailure("invalid", why);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw asFailure(error, "unreachable");
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    // Not its message: it quotes the body, which is for nobody's log.
    throw new PollFailure("invalid", `the answer (${bytes} bytes) is no JSON`);
  }
}

function itemsOf(answer: unknown, path: string): readonly unknown[] {
  const items = path === "" ? answer : valueAt(answer, path);
  if (Array.isArray(items)) return items;
  const where = path === "" ? "the answer" : `"${path}" of the answer`;
  throw new PollFailure("invalid", `${where} is no array of items`);
}

/** Paths and queries may hold keys: they are not for logs. */
function originOf(url: string): string {
  return new URL(url).origin;
}
