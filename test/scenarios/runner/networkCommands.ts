import { type Letter, parseLinks } from "./network.ts";
import type { Act } from "./scenario.ts";
import { messageText } from "./wording.ts";
import type { World } from "./world.ts";

/** More than any scenario needs: beyond it nodes talk in circles. */
const maxDeliveries = 20_000;

function arrive(world: World, letter: Letter): void {
  world.network.take(letter);
  const { from, message } = letter;
  const node = world.node(letter.to);
  if (!node.isUp) return;
  world.output.tell(node.id, "recv", `${from.padEnd(3)} ${messageText(message)}`);
  world.step(node, { type: "receive", from, message });
}

/** Delivers, between `ids` or all, until nothing is under way but what is held; told in brief. */
export function settle(world: World, ids: readonly string[]): void {
  world.output.inBrief(() => exchange(world, ids));
}

/** The same, told in full. */
function exchange(world: World, ids: readonly string[]): void {
  const among = (id: string): boolean => ids.length === 0 || ids.includes(id);
  const mayGo = (from: string, to: string): boolean => among(from) && among(to) && !world.node(to).isPaused;
  for (let count = 0; ; count++) {
    const letter = world.network.next(mayGo);
    if (letter === undefined) return;
    if (count === maxDeliveries) throw new Error(`nothing settles: ${maxDeliveries} messages were delivered`);
    arrive(world, letter);
  }
}

/** `deliver n1->n2`: what is under way there now, in the order it was sent; `deliver n1->n2 #2`: only the second. */
const deliver: Act = (world, words) => {
  const position = words.find((word) => word.startsWith("#"));
  const letters = world.network.underWay(parseLinks(words.filter((word) => word !== position)));
  if (letters.length === 0) throw new Error("nothing is under way there");
  const chosen = position === undefined ? letters : [letters[Number(position.slice(1)) - 1]];
  for (const letter of chosen) {
    if (letter === undefined) throw new Error(`only ${letters.length} are under way there`);
    arrive(world, letter);
  }
};

/** Loses what is under way now: `drop n1->n2`, `drop n1->n2 #1`. */
const drop: Act = (world, words) => {
  const position = words.find((word) => word.startsWith("#"));
  const links = parseLinks(words.filter((word) => word !== position));
  const letters = world.network.underWay(links);
  if (letters.length === 0) throw new Error("nothing is under way there");
  if (position === undefined) return world.network.drop(links);
  const letter = letters[Number(position.slice(1)) - 1];
  if (letter === undefined) throw new Error(`only ${letters.length} are under way there`);
  world.network.take(letter);
};

const inflight: Act = (world, words) => {
  const letters = world.network.underWay(parseLinks(words.length === 0 ? ["all"] : words));
  for (const { from, to, message } of letters) {
    world.output.tell(from, "=>", `${to.padEnd(3)} ${messageText(message)}`);
  }
};

export const networkCommands: Readonly<Record<string, Act>> = {
  deliver,
  drop,
  inflight,
  settle,
  exchange,
  duplicate: (world, words) => world.network.duplicate(parseLinks(words)),
  reorder: (world, words) => world.network.reverse(parseLinks(words)),
  hold: (world, words) => world.network.hold(world.ids, parseLinks(words)),
  release: (world, words) => world.network.release(world.ids, parseLinks(words)),
  cut: (world, words) => world.network.cut(world.ids, parseLinks(words)),
  heal: (world, words) => world.network.heal(world.ids, parseLinks(words.length === 0 ? ["all"] : words)),
};
