/** One call: what was asked, and what came back. A call that nobody knows the end of has `returnTime` null. */
export interface Call {
  readonly invokeTime: number;
  readonly returnTime: number | null;
}

/** A sequential specification of one object. */
export interface Model<State, Operation extends Call> {
  readonly initial: State;
  /**
   * The state after `operation`, if it may answer as it did in `state`; null if it may not. Of an operation that
   * nobody knows the end of only the effect counts: any answer will do.
   */
  step(state: State, operation: Operation): State | null;
  /** Equal texts mean equal states. */
  fingerprint(state: State): string;
}

export type Verdict =
  | { readonly type: "linearizable"; readonly steps: number }
  /** `longest`: as many calls as could be put in order before it went wrong. */
  | { readonly type: "violation"; readonly steps: number; readonly longest: number }
  /** More work than allowed: nothing is known. */
  | { readonly type: "gaveUp"; readonly steps: number };

interface Node<Operation> {
  readonly operation: Operation;
  readonly id: number;
  /** The matching return of a call; null for a return. */
  readonly match: Node<Operation> | null;
  prev: Node<Operation> | null;
  next: Node<Operation> | null;
}

/**
 * Whether there is an order of the calls that respects real time and in which each answered as the model says.
 *
 * Wing and Gong's search with Lowe's memory of configurations (G. Lowe, "Testing for linearizability", 2017): go
 * through the calls and returns in time; a call is tried where the model allows it and lifted out with its return; on a
 * return of a call that was not tried, go back. A set of calls in a state that was seen before leads nowhere new.
 */
export function checkHistory<State, Operation extends Call>(
  model: Model<State, Operation>,
  history: readonly Operation[],
  { maxSteps }: { readonly maxSteps: number },
): Verdict {
  const { head, known } = eventsOf(history);
  const seen = new Set<string>();
  const taken = new Bits(history.length);
  const stack: { readonly call: Node<Operation>; readonly state: State }[] = [];
  let state = model.initial;
  let node = head.next;
  let steps = 0;
  let longest = 0;
  let done = 0;
  // Calls that nobody knows the end of may be left out: it is over when all the others are in.
  while (done < known) {
    if (++steps > maxSteps) return { type: "gaveUp", steps };
    if (node !== null && node.match !== null) {
      const next = model.step(state, node.operation);
      if (next !== null) {
        taken.set(node.id);
        const configuration = `${taken.text()}/${model.fingerprint(next)}`;
        if (!seen.has(configuration)) {
          seen.add(configuration);
          stack.push({ call: node, state });
          state = next;
          lift(node);
          if (node.operation.returnTime !== null) done += 1;
          longest = Math.max(longest, stack.length);
          node = head.next;
          continue;
        }
        taken.clear(node.id);
      }
      node = node.next;
      continue;
    }
    // A return of a call that is not in yet, or the end: the last choice was wrong.
    const last = stack.pop();
    if (last === undefined) return { type: "violation", steps, longest };
    state = last.state;
    taken.clear(last.call.id);
    unlift(last.call);
    if (last.call.operation.returnTime !== null) done -= 1;
    node = last.call.next;
  }
  return { type: "linearizable", steps };
}

/** Calls and returns in the order of time, as a list that can be taken apart; a return never comes before a call. */
function eventsOf<Operation extends Call>(
  history: readonly Operation[],
): { readonly head: Node<Operation>; readonly known: number } {
  const events: { readonly time: number; readonly isReturn: boolean; readonly node: Node<Operation> }[] = [];
  let known = 0;
  history.forEach((operation, id) => {
    const end: Node<Operation> = { operation, id, match: null, prev: null, next: null };
    const call: Node<Operation> = { operation, id, match: end, prev: null, next: null };
    events.push({ time: operation.invokeTime, isReturn: false, node: call });
    const time = operation.returnTime ?? Number.POSITIVE_INFINITY;
    // The return of a call without an end stands for nothing: it is left out of the list.
    if (operation.returnTime === null) return;
    known += 1;
    events.push({ time, isReturn: true, node: end });
  });
  // At equal times calls come first: what overlaps by an instant overlaps.
  events.sort((a, b) => a.time - b.time || Number(a.isReturn) - Number(b.isReturn));
  const head: Node<Operation> = {
    operation: undefined as unknown as Operation,
    id: -1,
    match: null,
    prev: null,
    next: null,
  };
  let last = head;
  for (const { node } of events) {
    last.next = node;
    node.prev = last;
    last = node;
  }
  return { head, known };
}

/** Takes a call and its return out. */
function lift<Operation extends Call>(call: Node<Operation>): void {
  unlink(call);
  if (call.match !== null && call.operation.returnTime !== null) unlink(call.match);
}

/** Puts them back, in the opposite order. */
function unlift<Operation extends Call>(call: Node<Operation>): void {
  if (call.match !== null && call.operation.returnTime !== null) relink(call.match);
  relink(call);
}

function unlink<Operation>(node: Node<Operation>): void {
  if (node.prev !== null) node.prev.next = node.next;
  if (node.next !== null) node.next.prev = node.prev;
}

function relink<Operation>(node: Node<Operation>): void {
  if (node.prev !== null) node.prev.next = node;
  if (node.next !== null) node.next.prev = node;
}

/** A set of small numbers with a short name. */
class Bits {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32));
  }

  set(at: number): void {
    this.#words[at >>> 5] = (this.#words[at >>> 5] ?? 0) | (1 << (at & 31));
  }

  clear(at: number): void {
    this.#words[at >>> 5] = (this.#words[at >>> 5] ?? 0) & ~(1 << (at & 31));
  }

  text(): string {
    return this.#words.join(",");
  }
}
