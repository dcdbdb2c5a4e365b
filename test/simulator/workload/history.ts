/** One operation of a client, as an outside checker wants to read it. `returnTime` null: nobody knows how it ended. */
export interface Operation {
  readonly client: string;
  readonly key: string;
  readonly op:
    | "enqueue"
    | "get"
    | "complete"
    | "fail"
    | "extend"
    | "release"
    | "checkpoint"
    | "progress"
    | "cancel";
  readonly argument: unknown;
  readonly result: unknown;
  /** Milliseconds of true time. */
  readonly invokeTime: number;
  readonly returnTime: number | null;
}

export type History = readonly Operation[];

/** One operation a line, in the order of their calls. */
export function toJsonLines(history: History): string {
  const sorted = [...history].sort((a, b) => a.invokeTime - b.invokeTime);
  return sorted.map((operation) => `${JSON.stringify(operation)}\n`).join("");
}
