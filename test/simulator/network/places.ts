import type { World } from "../cluster/world.ts";
import type { Host } from "../time/host.ts";

/** Which machine of which simulated world a process runs on. */
export interface Place {
  readonly world: World;
  readonly name: string;
}

const places = new WeakMap<Host, Place>();

export function settle(host: Host, place: Place): void {
  places.set(host, place);
}

export function placeOf(host: Host | null): Place | undefined {
  return host === null ? undefined : places.get(host);
}
