import { join } from "node:path";

/** What a data directory consists of. */
export interface Paths {
  readonly root: string;
  readonly log: string;
  readonly identity: string;
  readonly marker: string;
  readonly peers: string;
  /** Where the others were last; stays when the rest is set aside. */
  readonly addresses: string;
  /** A snapshot on its way in. */
  readonly incoming: string;
  /** Why the data must not be used any more; absent as a rule. */
  readonly condemned: string;
}

export function pathsIn(root: string): Paths {
  return {
    root,
    log: join(root, "log"),
    identity: join(root, "identity.json"),
    marker: join(root, "marker"),
    peers: join(root, "peers.json"),
    addresses: join(root, "addresses.json"),
    incoming: join(root, "incoming"),
    condemned: join(root, "condemned"),
  };
}

/** Folders of records as of different installs: `records` is the first, then `records-2`, ... */
export function recordsFolder(root: string, generation: number): string {
  return join(root, generation === 1 ? "records" : `records-${generation}`);
}

/** The generation that a folder of this name holds, or null when it is none of records. */
export function generationOf(name: string): number | null {
  if (name === "records") return 1;
  const digits = /^records-([1-9]\d*)$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}
