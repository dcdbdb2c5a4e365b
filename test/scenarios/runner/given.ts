import { LogIndex, NodeId, Term } from "../../../src/base/brands.ts";
import type { Entry } from "../../../src/raft/types.ts";
import type { Act } from "./scenario.ts";

/**
 * `given n1 log 1 1 4 4 term 6 vote n2 applied 3 compacted 1`: what is on the disk of n1 before it starts. The log
 * is given by the terms of its entries from index 1 on; what is compacted is applied, and what is applied is committed.
 */
export const givenLog: Act = (world, [id = "", ...words]) => {
  const { disk, checkpoints } = world.node(id);
  const facts = factsOf(words);
  const terms = (facts.get("log") ?? []).map(Number);
  const entries = terms.map((term, i): Entry => {
    return { index: LogIndex(i + 1), term: Term(term), kind: "command", data: textOf(i + 1, term) };
  });
  const currentTerm = Term(Number(facts.get("term")?.[0] ?? terms.at(-1) ?? 0));
  const vote = facts.get("vote")?.[0];
  const hardState = { currentTerm, votedFor: vote === undefined ? null : NodeId(vote) };
  const compacted = Number(facts.get("compacted")?.[0] ?? 0);
  const applied = Number(facts.get("applied")?.[0] ?? compacted);
  world.invariants.onGiven(entries, applied);
  disk.write({ type: "persist", hardState, truncateFrom: null, entries });
  disk.syncThrough(1);
  if (applied === 0) return;
  const commands = entries.slice(0, applied).map(({ data }) => new TextDecoder().decode(data));
  const term = Term(terms[applied - 1] ?? 0);
  disk.checkpoint = { ...disk.checkpoint, appliedIndex: LogIndex(applied), term, commands };
  checkpoints.push(disk.checkpoint);
  if (compacted > 0) disk.compact(compacted);
};

/** Equal places hold equal commands, as in one history. */
function textOf(index: number, term: number): Uint8Array {
  return new TextEncoder().encode(`c${index}.${term}`);
}

function factsOf(words: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const facts = new Map<string, string[]>();
  let current: string[] = [];
  for (const word of words) {
    if (/^(?:log|term|vote|applied|compacted)$/.test(word)) {
      current = [];
      facts.set(word, current);
    } else current.push(word);
  }
  return facts;
}
