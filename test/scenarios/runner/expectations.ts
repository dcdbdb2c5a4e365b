import { NodeId } from "../../../src/base/brands.ts";
import type { RaftStatus } from "../../../src/raft/index.ts";
import { parseLinks } from "./network.ts";
import type { ScenarioNode } from "./node.ts";
import type { Act } from "./scenario.ts";
import { membershipOf } from "./wording.ts";
import type { World } from "./world.ts";

type Fact = (status: RaftStatus, node: ScenarioNode, world: World) => string;

/** `expect commit n1 5`, `expect term all 3`, `expect role n1,n2 follower`: one fact of one or more nodes. */
const facts: Readonly<Record<string, Fact>> = {
  role: ({ role }) => role,
  term: ({ term }) => String(term),
  vote: ({ votedFor }) => votedFor ?? "none",
  follows: ({ role, leader }) => (role === "leader" ? "itself" : (leader ?? "nobody")),
  commit: ({ commitIndex }) => String(commitIndex),
  applied: ({ appliedIndex }) => String(appliedIndex),
  last: ({ lastIndex }) => String(lastIndex),
  durable: ({ durableIndex }) => String(durableIndex),
  compacted: ({ compactedIndex }) => String(compactedIndex),
  backoff: ({ electionBackoffMs }) => String(electionBackoffMs),
  uncommitted: ({ uncommittedBytes }) => String(uncommittedBytes),
  campaigns: ({ elections }) => String(elections.started),
  snapshot: ({ snapshotIndex }) => String(snapshotIndex),
  needed: ({ neededAbove }) => String(neededAbove),
  terms: (_status, { believed }) => believed.map(({ term }) => String(term)).join(" "),
  state: (_status, { machine }) => machine.commands.join(" "),
  members: ({ configuration }) => membershipOf(configuration.membership),
  agreed: ({ committedConfiguration }) => membershipOf(committedConfiguration.membership),
  lease: (_status, { raft }, { now }) => (raft?.hasLease(now) === true ? "yes" : "no"),
  waiting: (_status, { waiting }) => String(waiting.length),
};

/** What the leader `expect progress n1 n3 ...` knows of a follower: `probe next 4`, `replicate match 7`. */
function progressOf(world: World, [leader = "", follower = ""]: readonly string[]): string {
  const { peers } = world.node(leader).status(world.now);
  const peer = peers.find(({ id }) => id === NodeId(follower));
  if (peer === undefined) return "none";
  return peer.progress === "replicate"
    ? `replicate match ${peer.matchIndex}`
    : `${peer.progress} next ${peer.nextIndex}`;
}

/** How many snapshots in a row the leader has offered to a follower, `expect snapshots n1 n3 2`. */
function snapshotsOf(world: World, [leader = "", follower = ""]: readonly string[]): string {
  const { peers } = world.node(leader).status(world.now);
  return String(peers.find(({ id }) => id === NodeId(follower))?.snapshots ?? "none");
}

function same(what: string, actual: string, wanted: string): void {
  if (actual !== wanted) throw new Error(`${what} is ${actual === "" ? "empty" : actual}`);
}

function expectLeader(world: World, [id = ""]: readonly string[]): void {
  const leaders = world.nodes.filter((node) => node.raft?.status(world.now).role === "leader");
  const newest = leaders.toSorted((a, b) => b.status(world.now).term - a.status(world.now).term)[0];
  same("the newest leader", newest?.id ?? "nobody", id);
}

function expectSameLogs(world: World, ids: readonly string[]): void {
  const nodes = ids.length === 0 ? world.nodes.filter(({ isUp }) => isUp) : ids.map((id) => world.node(id));
  const [first] = nodes;
  for (const node of nodes) {
    const differs =
      node.lastIndex !== first?.lastIndex ||
      node.believedTermAt(node.lastIndex) !== first.believedTermAt(first.lastIndex);
    if (differs) throw new Error(`the logs of ${node.id} and ${first?.id} end differently`);
  }
}

/** The node has ended itself, for a reason with these words in it. */
function expectStopped(world: World, [id = "", ...words]: readonly string[]): void {
  const node = world.node(id);
  if (node.stoppedBy === null) throw new Error(`${id} has not ended itself`);
  if (!node.stoppedBy.includes(words.join(" "))) throw new Error(`it ended itself because ${node.stoppedBy}`);
  node.stoppedBy = null;
}

/** Says nothing when it holds; throws when it does not, also while transcripts are rewritten. */
export const expectation: Act = (world, [what = "", ...words]) => {
  if (what === "leader") return expectLeader(world, words);
  if (what === "no-leader") return expectLeader(world, ["nobody"]);
  if (what === "same-logs") return expectSameLogs(world, words);
  if (what === "stopped") return expectStopped(world, words);
  if (what === "progress") return same("it", progressOf(world, words), words.slice(2).join(" "));
  if (what === "snapshots") return same("it", snapshotsOf(world, words), words[2] ?? "");
  if (what === "outcome") {
    const { name, wanted } = outcomeWords(words);
    return same(name, world.outcomes.get(name) ?? "open", wanted);
  }
  if (what === "under-way") {
    const count = world.network.underWay(parseLinks(words.slice(0, 1))).length;
    return same("the count", String(count), words[1] ?? "");
  }
  const fact = facts[what];
  if (fact === undefined) throw new Error(`there is no expectation ${what}`);
  const [who = "", ...wanted] = words;
  const nodes =
    who === "all" ? world.nodes.filter(({ isUp }) => isUp) : who.split(",").map((id) => world.node(id));
  for (const node of nodes)
    same(`${what} of ${node.id}`, fact(node.status(world.now), node, world), wanted.join(" "));
};

/** `outcome x at 3@2`, `outcome (remove n1) refused: ...`: names of more than one word stand in brackets. */
function outcomeWords(words: readonly string[]): { name: string; wanted: string } {
  const match = /^(?:\(([^)]*)\)|(\S+)) (.*)$/.exec(words.join(" "));
  if (match === null) throw new Error("expect outcome of what?");
  return { name: match[1] ?? match[2] ?? "", wanted: match[3] ?? "" };
}
