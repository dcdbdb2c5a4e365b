import type { HeaderValue, HttpEndpoint } from "../../duties/sourceTypes.ts";
import type { Shape } from "./shape.ts";
import { isMapping } from "./sources.ts";
import { nearest } from "./suggest.ts";

const placeholders = ["cursor", "limit", "wait"];
const maxBodyBytes = 16 * 1024 * 1024;

/** Where and how a source is asked over HTTP. */
export function readEndpoint(source: Shape, mapping: Shape): HttpEndpoint {
  const url = readUrl(source, "url", true);
  const ack = source.has("ack") ? readUrl(source, "ack", false) : "";
  if (ack !== "" && url !== "" && new URL(ack).origin !== new URL(url).origin) {
    source.refuse(
      "ack: must have the same scheme, host and port as url, for the headers are sent there as well",
    );
  }
  return {
    type: "http",
    url,
    ack,
    headers: readHeaders(source),
    ca: readCa(source, url),
    items: mapping.text("items", /^[^.]+(\.[^.]+)*$/, 'the name of a field, such as "data.items"', ""),
    maxBodyBytes: source.number("maxBodyBytes", 1024 * 1024, 1, maxBodyBytes, true),
  };
}

function readCa(source: Shape, url: string): string {
  if (!source.has("ca")) return "";
  const ca = source.get("ca");
  if (typeof ca !== "string" || ca === "") source.refuse("ca: must be the path of a file of certificates");
  if (url.startsWith("http:")) source.refuse("ca: of use with an https: url only");
  return typeof ca === "string" ? ca : "";
}

/** "" for what is none. Its text does not go into complaints: a query may hold a key. */
function readUrl(source: Shape, field: string, filledIn: boolean): string {
  const text = source.get(field);
  if (typeof text !== "string" || !/^https?:\/\//.test(text)) {
    source.refuse(
      `${field}: ${text === undefined ? "missing; it" : "it"} must begin with https:// or http://`,
    );
    return "";
  }
  const url = parsed(text);
  if (url === null) {
    source.refuse(`${field}: is no address that can be called`);
    return "";
  }
  if (url.username !== "" || url.password !== "") {
    source.refuse(`${field}: must hold no user and password; send them in headers`);
  }
  if (decodeURIComponent(url.host).includes("{")) source.refuse(`${field}: nothing is filled in to the host`);
  for (const [, name = ""] of text.matchAll(/\{([^}]*)\}/g)) {
    if (filledIn && placeholders.includes(name)) continue;
    const meant = filledIn ? nearest(name, placeholders) : undefined;
    const known = filledIn ? `known are {${placeholders.join("}, {")}}` : "nothing is filled in there";
    source.refuse(`${field}: unknown {${name}}; ${meant === undefined ? known : `did you mean {${meant}}?`}`);
  }
  return text;
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** Values do not go into complaints. */
function readHeaders(source: Shape): Readonly<Record<string, HeaderValue>> {
  const given = source.get("headers") ?? {};
  if (!isMapping(given)) {
    source.refuse("headers: must be a mapping of names to values");
    return {};
  }
  const headers: Record<string, HeaderValue> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      source.refuse(`headers: ${JSON.stringify(name)} is no name`);
    if (/^conclave-/i.test(name)) source.refuse(`headers: ${name} is set by the node itself`);
    const header = headerValue(value);
    if (header === null) {
      source.refuse(
        `headers: ${name} must be a text, or { env: VARIABLE } or { file: PATH }, these with a prefix if need be`,
      );
    } else headers[name] = header;
  }
  return headers;
}

function headerValue(value: unknown): HeaderValue | null {
  if (typeof value === "string") return value;
  if (!isMapping(value)) return null;
  const { env, file, prefix, ...rest } = value;
  if (Object.keys(rest).length > 0 || (prefix !== undefined && typeof prefix !== "string")) return null;
  if (typeof env === "string" && env !== "" && file === undefined) return { env, prefix };
  if (typeof file === "string" && file !== "" && env === undefined) return { file, prefix };
  return null;
}
