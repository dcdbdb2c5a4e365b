import { realSetImmediate } from "../time/globals.ts";

/** Runs `work` where simulated promises can go on: outside of any promise's continuation. */
export function inMacrotask<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    realSetImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}
