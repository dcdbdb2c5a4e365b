import type { Loss } from "../run/seedRunner.ts";

/** One planted bug: exact pieces of source and what stands there instead. */
export interface Mutant {
  readonly name: string;
  /** Number in the list of test/paper/bugIndex.test.ts, when it is one of those that others shipped. */
  readonly bug?: number;
  /** What it does to the process that runs it, where no checker can get a word in: that counts as a catch then. */
  readonly ends?: Loss;
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** Under src. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

/** One piece in one file. */
export function one(file: string, from: string, to: string): readonly Edit[] {
  return [{ file, from, to }];
}
