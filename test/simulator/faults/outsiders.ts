import type { Random } from "../../../src/base/random.ts";
import type { World } from "../cluster/world.ts";
import { pick } from "../run/mix.ts";
import type { Outsider } from "../workload/outsider.ts";
import type { Until } from "./kinds.ts";

/** SDK programs above all: they have more to get wrong than what the simulator has written by hand. */
function anyOf(
  { outsiders }: World,
  name: string | undefined,
  random: Random,
  fits: (each: Outsider) => boolean,
): Outsider | null {
  const all = [...outsiders].filter((each) => each.host?.alive === true && fits(each));
  const named = all.find((each) => each.name === name);
  if (named !== undefined) return named;
  const programs = all.filter(({ supersede }) => supersede !== undefined);
  if (all.length === 0) return null;
  return pick(random, programs.length > 0 && random.next() < 0.6 ? programs : all);
}

/** SIGSTOP: from the blink of an eye to longer than leases last and keepalives wait. */
export function pauseClient(
  world: World,
  name: string | undefined,
  lastsMs: number,
  random: Random,
  until: Until,
): string | null {
  const one = anyOf(world, name, random, ({ host }) => host?.paused === false);
  const host = one?.host;
  if (!one || !host) return null;
  const ms = Math.max(100, lastsMs * pick(random, [1, 1, 2]));
  until(ms, host.pause());
  const { supersede } = one;
  if (supersede === undefined || random.next() < 0.7) return `${one.name} for ${Math.round(ms)} ms`;
  // The first wakes beside its successor, and has a while for what it believes to hold.
  const end = supersede.call(one);
  until(ms + 4_000 * random.next(), end);
  world.coverage.count("sdk", "a successor beside a program that hangs");
  return `${one.name} for ${Math.round(ms)} ms, another takes its place`;
}

/** What it waited for nobody hears of any more. */
export function killClient(
  world: World,
  name: string | undefined,
  lastsMs: number,
  random: Random,
  until: Until,
): string | null {
  const one = anyOf(world, name, random, ({ kill }) => kill !== undefined);
  const again = one?.kill?.();
  if (!one || again === undefined) return null;
  until(lastsMs, again);
  return `${one.name}, another starts after ${Math.round(lastsMs)} ms`;
}

/** All of its connections at once: reset, or forgotten by a box on the way, each by itself. */
export function resetClient(world: World, name: string | undefined, random: Random): string | null {
  const connections = [...world.clientConnections];
  const one = anyOf(world, name, random, (each) => connections.some(({ client }) => client === each.host));
  if (one === null) return null;
  const its = connections.filter(({ client }) => client === one.host);
  const forgets = random.next() < 0.5;
  for (const connection of its) {
    if (forgets && random.next() < 0.7) connection.forget();
    else connection.reset();
  }
  world.coverage.count("sdk connection", forgets ? "half open" : "reset");
  return `${its.length} of ${one.name}${forgets ? ", some half open" : ""}`;
}
