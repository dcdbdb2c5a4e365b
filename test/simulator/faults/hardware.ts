import type { Random } from "../../../src/base/random.ts";
import type { Member } from "../cluster/member.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import type { FaultKind, Until } from "./kinds.ts";

/** Worse clocks than that the SDK may take for leases that are over. */
const clientsBearDrift = 0.03;

/** Less than two messages' way there and back. */
const lookEveryMs = 2;

/** An operator or a time server sets the wall clock, and half of the time sets it right again. */
export function setClock(
  member: Member,
  lastsMs: number,
  random: Random,
  until: Until,
  choices: readonly number[] = [-3_600_000, -10_000, -500, 500, 10_000, 3_600_000],
): string {
  const { id, clock } = member;
  member.clockWasSet = true;
  const ms = pick(random, choices);
  clock.jump(ms);
  if (random.next() < 0.5) until(lastsMs, () => clock.jump(-ms));
  return `${id} by ${ms} ms`;
}

/** Whoever stands for election next, or only `one`, has its clock set an hour ahead: of those it heard some are silent now. */
export function setClockOfNext(
  world: World,
  one: Member | null,
  lastsMs: number,
  random: Random,
  until: Until,
): void {
  const { timeline, mix } = world;
  const by = timeline.now + 5 * mix.raft.electionTimeoutMs;
  const look = (): void => {
    if (world.healed || timeline.now > by) return;
    const next = world.wanted.find((each) => (one === null || each === one) && stands(each));
    if (next === undefined) timeline.after(lookEveryMs, look);
    else world.note("----", `clockJump: ${setClock(next, lastsMs, random, until, [3_600_000])}, a candidate`);
  };
  look();
}

function stands(member: Member): boolean {
  const role = member.status()?.role;
  return role === "preCandidate" || role === "candidate";
}

export function driveClock(member: Member, lastsMs: number, random: Random, until: Until): string {
  const { id, clock } = member;
  const faster = 1 + (random.next() - 0.5) * 0.2;
  const end = clock.drift(faster);
  if (faster < 1 - clientsBearDrift) member.clockRanSlow = true;
  until(lastsMs, end);
  return `${id} at ${faster.toFixed(3)}`;
}

export function disturbDisk(
  kind: FaultKind,
  member: Member,
  lastsMs: number,
  random: Random,
  until: Until,
): string {
  const { id, disk } = member;
  if (kind === "hangingDisk") {
    disk.stall(lastsMs);
    return `${id} for ${Math.round(lastsMs)} ms`;
  }
  if (kind === "slowDisk") {
    until(lastsMs, disk.slowDown({ slow: 0.5, slowMs: pick(random, [100, 1_000, 3_000]) }));
    return `${id} for ${Math.round(lastsMs)} ms`;
  }
  const onlyReads = kind === "EIO" && random.next() < 0.4;
  disk.fail(kind === "EIO" ? "EIO" : "ENOSPC", onlyReads);
  // Who starts reads everything; who runs seldom reads at all.
  if (kind === "EIO" && member.isUp && random.next() < (onlyReads ? 0.4 : 0.2)) {
    member.crash("process", "its disk cannot be read");
    until(500, () => member.start());
  }
  return `${id}${onlyReads ? ", of databases that are read," : ""} until its node has ended and is started again`;
}

/**
 * A leader reads its log for whoever has been away for a while: at that very moment its disk fails reads, before it is asked for
 * anything else. Null where nobody can be sent away.
 */
export function refuseToRead(
  world: World,
  leader: Member | null,
  random: Random,
  until: Until,
): string | null {
  const others = world.wanted.filter((each) => each !== leader && each.life?.host.paused === false);
  if (leader === null || others.length === 0) return null;
  const away = pick(random, others);
  const { electionTimeoutMs } = world.mix.raft;
  const ms = electionTimeoutMs * (1 + 3 * random.next());
  const host = away.life?.host;
  if (host === undefined || random.next() < 0.5) {
    away.crash("process", "the leader is to read its log for it");
    until(ms, () => away.start());
  } else until(ms, host.pause());
  world.timeline.after(ms - 5 * random.next(), () => {
    if (!world.healed) leader.disk.fail("EIO", true);
  });
  return `${leader.id} cannot read its log for ${away.id}, which is away for ${Math.round(ms)} ms`;
}
