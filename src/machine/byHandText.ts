import type { ByHand } from "./settings.ts";

/** Who did it and why, to end a sentence with; without what was not said. */
export function byHandText({ by, why }: Pick<ByHand, "by" | "why">): string {
  return `${withText(" by ", by)}${withText(": ", why)}`;
}

/** Empty when there is no text. */
export function withText(before: string, text: string): string {
  return text === "" ? "" : `${before}${text}`;
}
