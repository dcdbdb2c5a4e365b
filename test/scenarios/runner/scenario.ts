import { LogIndex, MonotonicMs, NodeId } from "../../../src/base/brands.ts";
import { diskCommands } from "./diskCommands.ts";
import { expectation } from "./expectations.ts";
import { givenLog } from "./given.ts";
import { parseChange } from "./membershipText.ts";
import { networkCommands, settle } from "./networkCommands.ts";
import type { ScenarioNode } from "./node.ts";
import { statusTable } from "./tables.ts";
import type { Command } from "./transcript.ts";
import { changeText, entriesText } from "./wording.ts";
import { World } from "./world.ts";

export type Act = (world: World, words: readonly string[]) => void;

/** Runs the commands of one scenario, one after the other. */
export class Scenario {
  readonly #world = new World();
  #expectations = 0;

  /** The lines that the command leaves in the transcript; throws when it cannot be, or shows what must not be. */
  run({ line, words: [verb = "", ...words] }: Command): readonly string[] {
    const act = commands[verb];
    try {
      if (act === undefined) throw new Error(`there is no command ${verb}`);
      if (verb === "expect") this.#expectations += 1;
      startAll(this.#world, verb);
      act(this.#world, words);
    } catch (error) {
      const told = this.#world.output.take().slice(-20);
      const what = error instanceof Error ? error.message : String(error);
      throw new Error([`line ${line}, ${[verb, ...words].join(" ")}: ${what}`, ...told].join("\n  "), {
        cause: error,
      });
    }
    return this.#world.output.take();
  }

  /** A node may end itself only where the scenario says that it must, and what is only recorded shows nothing. */
  checkEnd(): void {
    if (this.#expectations === 0) throw new Error("it expects nothing: say what must hold by expect lines");
    for (const { id, stoppedBy } of this.#world.nodes) {
      if (stoppedBy !== null)
        throw new Error(`${id} ended itself, and no "expect stopped" says so: ${stoppedBy}`);
    }
  }
}

/** The nodes start with the first command that is not about what there was before. */
function startAll(world: World, verb: string): void {
  if (verb === "cluster" || verb === "given") return;
  for (const node of world.nodes) if (node.life === 0) node.start(world.now);
}

function nodeOf(world: World, words: readonly string[]): ScenarioNode {
  return world.node(words[0] ?? "");
}

/** `cluster n1 n2 n3 learners n4 maxAppendBytes=8` */
function cluster(world: World, words: readonly string[]): void {
  const options = words.filter((word) => word.includes("="));
  const ids = words.filter((word) => !word.includes("="));
  world.configure(
    Object.fromEntries(options.map((word) => [word.split("=")[0], Number(word.split("=")[1])])),
  );
  const at = ids.indexOf("learners");
  const voters = (at === -1 ? ids : ids.slice(0, at)).map(NodeId);
  const learners = at === -1 ? [] : ids.slice(at + 1).map(NodeId);
  for (const id of [...voters, ...learners]) world.add(id, { voters, learners });
}

/** A process with an empty directory: it knows of no members, so it can do nothing but listen. */
function join(world: World, words: readonly string[]): void {
  for (const word of words) world.add(NodeId(word), { voters: [], learners: [] }).start(world.now);
}

/** `tick n1 100ms`, `tick all`: time passes for all; only those named notice. */
function tick(world: World, words: readonly string[]): void {
  const [who = "", ms] = words;
  if (ms !== undefined) advance(world, ms);
  const nodes = who === "all" ? world.nodes : who.split(",").map((id) => world.node(id));
  for (const node of nodes) if (node.isUp && !node.isPaused) world.step(node, { type: "tick" });
}

function advance(world: World, ms: string): void {
  if (!/^\d+ms$/.test(ms)) throw new Error(`a time is written 100ms, not ${ms}`);
  world.now = MonotonicMs(world.now + Number.parseInt(ms, 10));
}

/** Time passes until the node's own deadline, and only it notices. */
function campaign(world: World, words: readonly string[]): void {
  const node = nodeOf(world, words);
  const deadline = node.raft?.nextDeadline(world.now) ?? null;
  if (deadline === null) throw new Error(`${node.id} has no election timeout`);
  world.now = MonotonicMs(Math.max(world.now, deadline));
  world.step(node, { type: "tick" });
}

/** Campaigns, and everything is delivered; the node must lead at the end. */
function elect(world: World, words: readonly string[]): void {
  world.output.inBrief(() => {
    campaign(world, words.slice(0, 1));
    settle(world, words.length > 1 ? words : []);
  });
  expectation(world, ["leader", words[0] ?? ""]);
}

/** `run 3000ms`, `run 3000ms n1 n2` (only for those): every timeout when it is due, every message at once. */
function run(world: World, words: readonly string[]): void {
  const [ms = "", ...ids] = words;
  const among = (id: string): boolean => ids.length === 0 || ids.includes(id);
  const begin = world.now;
  advance(world, ms);
  const end = world.now;
  world.now = begin;
  world.showsTime = true;
  world.output.inBrief(() => {
    for (let earliest: number = begin; earliest <= end; earliest = world.now + 1) {
      const awake = world.nodes.filter((node) => node.isUp && !node.isPaused && among(node.id));
      world.now = MonotonicMs(Math.min(end, Math.max(earliest, nextDeadline(awake, world))));
      for (const node of awake) {
        if (node.isUp && nextDeadline([node], world) <= world.now) world.step(node, { type: "tick" });
      }
      settle(world, ids);
    }
  });
  world.showsTime = false;
}

function nextDeadline(nodes: readonly ScenarioNode[], world: World): number {
  return Math.min(...nodes.map(({ raft }) => raft?.nextDeadline(world.now) ?? Number.POSITIVE_INFINITY));
}

function propose(world: World, [id = "", ...texts]: readonly string[]): void {
  const proposals = texts.map((text) => {
    return { id: world.nameFor(text), kind: "command", data: new TextEncoder().encode(text) } as const;
  });
  world.step(world.node(id), { type: "propose", proposals });
}

/** `read n1 r1`: the read has a name of its own. */
function read(world: World, [id = "", name = ""]: readonly string[]): void {
  const node = world.node(id);
  const number = world.nameFor(name);
  world.invariants.onRead(node, number);
  world.step(node, { type: "read", id: number });
}

function transfer(world: World, [id = "", to]: readonly string[]): void {
  world.step(world.node(id), { type: "transferLeadership", to: to === undefined ? null : NodeId(to) });
}

/** `change n1 add n4`, `change n1 remove n2 force`: named after what it does. */
function change(world: World, [id = "", ...words]: readonly string[]): void {
  const force = words.at(-1) === "force";
  const wanted = parseChange(force ? words.slice(0, -1) : words);
  const number = world.nameFor(changeText(wanted));
  world.step(world.node(id), { type: "changeMembership", id: number, change: wanted, force });
}

/** `unreachable n1 n3`: at n1 the connection to n3 breaks; with `refused` n3's host says that nobody listens. */
function unreachable(world: World, [id = "", peer = "", refused]: readonly string[]): void {
  const event = { type: "peerUnreachable", peer: NodeId(peer), refused: refused === "refused" } as const;
  world.step(world.node(id), event);
}

function reachable(world: World, [id = "", peer = ""]: readonly string[]): void {
  world.step(world.node(id), { type: "peerReachable", peer: NodeId(peer) });
}

/** `log n1 n2`: what each has after its compacted entries. */
function log(world: World, words: readonly string[]): void {
  const nodes = words.length === 0 ? world.nodes : words.map((id) => world.node(id));
  for (const { id, base, believed } of nodes) {
    const start = base.index === LogIndex(0) ? "" : `(${base.index}@${base.term}) `;
    const text = believed.length > 3 ? entriesText(believed) : entriesText(believed.slice(0, 3));
    world.output.tellAlways(id, "log", `${start}${text}`.trimEnd());
  }
}

const commands: Readonly<Record<string, Act>> = {
  cluster,
  given: givenLog,
  join,
  tick,
  wait: (world, [ms = ""]) => advance(world, ms),
  campaign,
  elect,
  run,
  propose,
  read,
  transfer,
  change,
  unreachable,
  reachable,
  log,
  status: (world) => {
    for (const row of statusTable(world)) world.output.plain(row);
  },
  expect: expectation,
  ...networkCommands,
  ...diskCommands,
};
