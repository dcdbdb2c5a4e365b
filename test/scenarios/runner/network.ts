import { NodeId } from "../../../src/base/brands.ts";
import type { Message } from "../../../src/raft/index.ts";

export interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/** `n1->n2`, `n1-n2` (both ways), `n1` (all that touches it) or `all`, as a test of one direction. */
export type Links = (from: NodeId, to: NodeId) => boolean;

export function parseLinks(words: readonly string[]): Links {
  if (words.length === 0) throw new Error("which links? n1->n2, n1-n2, n1 or all");
  const tests = words.map(parseLink);
  return (from, to) => tests.some((test) => test(from, to));
}

function parseLink(word: string): Links {
  if (word === "all") return () => true;
  const oneWay = word.split("->");
  const bothWays = word.split("-");
  if (oneWay.length === 2) return (from, to) => from === oneWay[0] && to === oneWay[1];
  if (bothWays.length === 2) return (from, to) => bothWays.includes(from) && bothWays.includes(to);
  const node = NodeId(word);
  return (from, to) => from === node || to === node;
}

/** Messages under way, in the order in which they were sent; nothing moves by itself. */
export class Network {
  #letters: Letter[] = [];
  readonly #cut = new Set<string>();
  readonly #held = new Set<string>();

  /** False when the link is cut: the message is lost. */
  send(letter: Letter): boolean {
    if (this.#cut.has(name(letter.from, letter.to))) return false;
    this.#letters.push(letter);
    return true;
  }

  underWay(links: Links): readonly Letter[] {
    return this.#letters.filter(({ from, to }) => links(from, to));
  }

  /** The first one on a link that is not held, or undefined. */
  next(mayGo: Links): Letter | undefined {
    return this.#letters.find(({ from, to }) => !this.#held.has(name(from, to)) && mayGo(from, to));
  }

  take(letter: Letter): void {
    this.#letters.splice(this.#letters.indexOf(letter), 1);
  }

  /** Each message on `links` comes twice: its copy is the last of those under way. */
  duplicate(links: Links): void {
    this.#letters.push(...this.underWay(links).map((letter) => ({ ...letter })));
  }

  /** Those on `links` overtake one another: last sent, first there. */
  reverse(links: Links): void {
    const reversed = this.underWay(links).toReversed();
    this.#letters = this.#letters.map((letter) =>
      links(letter.from, letter.to) ? (reversed.shift() ?? letter) : letter,
    );
  }

  drop(links: Links): void {
    this.#letters = this.#letters.filter(({ from, to }) => !links(from, to));
  }

  /** What is sent on a cut link is lost, and what is under way on it as well. */
  cut(nodes: readonly NodeId[], links: Links): void {
    for (const link of pairs(nodes, links)) this.#cut.add(link);
    this.drop(links);
  }

  heal(nodes: readonly NodeId[], links: Links): void {
    for (const link of pairs(nodes, links)) this.#cut.delete(link);
  }

  /** What is sent on a held link waits for `deliver` or `release`. */
  hold(nodes: readonly NodeId[], links: Links): void {
    for (const link of pairs(nodes, links)) this.#held.add(link);
  }

  release(nodes: readonly NodeId[], links: Links): void {
    for (const link of pairs(nodes, links)) this.#held.delete(link);
  }
}

function name(from: NodeId, to: NodeId): string {
  return `${from}->${to}`;
}

function pairs(nodes: readonly NodeId[], links: Links): readonly string[] {
  return nodes.flatMap((from) =>
    nodes.filter((to) => from !== to && links(from, to)).map((to) => name(from, to)),
  );
}
