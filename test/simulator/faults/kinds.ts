/** Everything that can be done to a cluster. Each ends by itself, or when the run heals. */
export const faultKinds = [
  "kill",
  "powerLoss",
  "crashLeader",
  "crashAll",
  "restartLoop",
  "pause",
  "pauseLeader",
  "stopCleanly",
  "transfer",
  "blindHandOver",
  "lateHandOver",
  "isolateLeader",
  "stalledLeader",
  "minority",
  "majority",
  "bridge",
  "ring",
  "oneWay",
  "deaf",
  "unheard",
  "flapping",
  "clog",
  "breakStreams",
  "halfOpen",
  "cutClient",
  "clockJump",
  "clockDrift",
  "slowDisk",
  "hangingDisk",
  "EIO",
  "ENOSPC",
  "wipe",
  "bitFlip",
  "lostRecord",
  "swap",
  "oldCopy",
  "damageStaged",
  "breakSnapshot",
  "crashInSnapshot",
  "outrun",
  "addNode",
  "removeNode",
  "replaceNode",
  "changeSeveral",
  "doomedChange",
  "changeRelease",
  "farRelease",
  "pauseClient",
  "killClient",
  "resetClient",
  "failOnce",
  "garble",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Mends what was broken after `ms`, or when everything heals. */
export type Until = (ms: number, mend: () => void) => void;

/** One fault of a run's schedule: complete in itself, so that others can be left out without changing it. */
export interface Fault {
  readonly at: number;
  readonly kind: FaultKind;
  readonly lastsMs: number;
  /** Decides what the kind leaves open: which node, how, how often. */
  readonly seed: number;
  /** Of a case written by hand: the nodes that it is done to, in this order, in place of those that chance would take. */
  readonly on?: readonly string[];
}
