import { LogIndex } from "../../../src/base/brands.ts";
import type { Message } from "../../../src/raft/index.ts";
import type { Observer } from "./observer.ts";

/**
 * An observer of a cluster whose log begins far up (recovered, restored) that sees its entries counted from there on: 0 is
 * where it begins, and also what is before it, which is what a node has that joins with nothing.
 */
export function counting(observer: Observer, base: number): Observer {
  if (base === 0) return observer;
  const messages = new WeakMap<Message, Message>();
  // One and the same each time: who acknowledges is known by the message itself.
  const counted = (message: Message): Message => {
    const known = messages.get(message) ?? lowered(message, base);
    messages.set(message, known);
    return known;
  };
  return {
    onStarted: (member, status, identity) => observer.onStarted(member, lowered(status, base), identity),
    onStep: (member, event, status, effects) =>
      observer.onStep(
        member,
        event.type === "receive" ? { ...event, message: counted(event.message) } : lowered(event, base),
        lowered(status, base),
        effects.map((effect) =>
          effect.type === "send" ? { ...effect, message: counted(effect.message) } : lowered(effect, base),
        ),
      ),
    onWoken: (member, status) => observer.onWoken(member, lowered(status, base)),
    onCut: (member, status, index) =>
      observer.onCut(member, lowered(status, base), LogIndex(Math.max(0, index - base))),
    onCheckpoint: (member, index, configuration) =>
      observer.onCheckpoint(member, lowered(index, base), lowered(configuration, base)),
    onDeparture: (member, to, message) => observer.onDeparture(member, to, counted(message)),
    onApplied: (member, index, batch, applied) =>
      observer.onApplied(member, LogIndex(index - base), batch, applied),
  };
}

/** In cores and messages nothing but indexes is that high. Bytes stay what they are. */
function lowered<Value>(value: Value, base: number): Value {
  if (typeof value === "number") return (value >= base ? value - base : value) as Value;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    const to = value.map((each: unknown) => lowered(each, base));
    return (to.every((each, at) => each === value[at]) ? value : to) as Value;
  }
  // Most have nothing to be lowered, and stay what they are.
  const from = value as Record<string, unknown>;
  let to = from;
  for (const name of Object.keys(from)) {
    const after = lowered(from[name], base);
    if (after === from[name]) continue;
    if (to === from) to = { ...from };
    to[name] = after;
  }
  return to as Value;
}
