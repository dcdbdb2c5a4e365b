import type { Member, Members } from "../../client/index.ts";

/** Entries that a member may lack and still be called caught up: with writes under way there are always some. */
const caughtUpWithin = 1000;

/** How far a member is with what the leader has: a share from 0 to 1, and words for it. */
export interface CatchUp {
  readonly share: number;
  readonly text: string;
  readonly done: boolean;
}

/** Undefined when the leader has not said, and for the leader itself. */
export function catchUpOf(member: Member, { lastIndex }: Pick<Members, "lastIndex">): CatchUp | undefined {
  const { matchIndex, progress, snapshot } = member;
  if (matchIndex === undefined || progress === undefined) return undefined;
  if (snapshot !== undefined || progress === "snapshot") {
    const { bytes, totalBytes } = snapshot ?? { bytes: 0, totalBytes: 0 };
    const share = totalBytes === 0 ? 0 : Math.min(0.99, bytes / totalBytes);
    return { share, text: `snapshot ${percent(share)} of ${humanBytes(totalBytes)}`, done: false };
  }
  const lag = Math.max(0, lastIndex - matchIndex);
  if (progress === "replicate" && lag === 0) return { share: 1, text: "100%", done: true };
  // Short of the last entry nothing is called 100%.
  const share = lastIndex === 0 ? 0 : Math.min(0.99, matchIndex / lastIndex);
  const done = progress === "replicate" && lag <= caughtUpWithin;
  return { share, text: `${percent(share)}, ${lag} behind`, done };
}

export function percent(share: number): string {
  return `${Math.floor(share * 100)}%`;
}

export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value.toFixed(1)} ${units[unit] ?? ""}`;
}
