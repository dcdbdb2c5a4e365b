import { type HostPort, parseHostPort } from "../base/hostPort.ts";

/** Where to dial, from what a peer or a configuration says; undefined for what nobody can dial. */
export function endpointOf(address: string): HostPort | undefined {
  const endpoint = parseHostPort(address);
  if (endpoint === undefined || endpoint.port === 0) return undefined;
  // Somebody who listens everywhere and says so: here that would mean this node itself.
  return endpoint.host === "0.0.0.0" || /^[0:]+$/.test(endpoint.host) ? undefined : endpoint;
}

export function isSameEndpoint(a: HostPort, b: HostPort): boolean {
  return a.host === b.host && a.port === b.port;
}
