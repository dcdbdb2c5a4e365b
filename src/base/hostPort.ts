import { ConclaveError } from "./errors.ts";

/** Where something listens, or is reached. `host` is a name or an address; an IPv6 one stands here without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port` or `[ipv6]:port`; undefined when it is neither. Port 0 means "any free one". */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** As `parseHostPort`, but throws CONFIG_INVALID, naming `what` the address is for. */
export function requireHostPort(text: string, what: string): HostPort {
  const address = parseHostPort(text);
  if (address !== undefined) return address;
  throw new ConclaveError(
    "CONFIG_INVALID",
    `${what}: ${JSON.stringify(text)} is no address; write host:port, for example 10.0.0.1:7500 or [::1]:7500`,
  );
}

/** The text that `parseHostPort` reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
