import type { CallOptions } from "./budget.ts";
import { wellFormed } from "./checks.ts";

/** Kept with what was done by hand. */
export interface ByWhom extends CallOptions {
  readonly by?: string | undefined;
  readonly why?: string | undefined;
}

export function byWhom({ by = "", why = "" }: ByWhom): { readonly by: string; readonly why: string } {
  return { by: wellFormed(by), why: wellFormed(why) };
}
