import type { JobId } from "../base/brands.ts";
import type { JobEvent } from "../machine/types.ts";

type Kind = Omit<JobEvent, "id">;

/**
 * Events of an entry, to be kept. They tend to say the same of many jobs, one after the other: an id and a reference for
 * each is what outlives the turn, and what the garbage collector has to move.
 */
export interface PackedEvents {
  readonly ids: readonly JobId[];
  readonly kinds: readonly Kind[];
}

export function packEvents(events: readonly JobEvent[]): PackedEvents {
  const ids: JobId[] = [];
  const kinds: Kind[] = [];
  let last: Kind | null = null;
  for (const event of events) {
    if (last === null || !isSame(last, event)) {
      const { id: _, ...kind } = event;
      last = kind;
    }
    ids.push(event.id);
    kinds.push(last);
  }
  return { ids, kinds };
}

export function unpackEvents({ ids, kinds }: PackedEvents): readonly JobEvent[] {
  return ids.flatMap((id, at) => {
    const kind = kinds[at];
    return kind === undefined ? [] : [{ ...kind, id }];
  });
}

function isSame(kind: Kind, event: JobEvent): boolean {
  return (
    kind.type === event.type &&
    kind.token === event.token &&
    kind.queue === event.queue &&
    kind.agent === event.agent &&
    kind.state === event.state &&
    kind.attempt === event.attempt &&
    kind.detail === event.detail
  );
}
