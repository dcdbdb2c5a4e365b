import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { nodeFlags } from "./nodeFlags.ts";
import type { Summary } from "./summary.ts";

const program = fileURLToPath(new URL("./seedProcess.js", import.meta.url));
const execArgv = [...nodeFlags];

export interface PoolOptions {
  readonly from: number;
  readonly seeds: number;
  readonly processes: number;
  /** Returns false when no further seed is wanted. */
  readonly onSummary: (summary: Summary) => boolean;
}

/** Runs seeds on several cores. Rejects when a process ends by itself, naming the seed it was at. */
export async function runPool({ from, seeds, processes, onSummary }: PoolOptions): Promise<void> {
  let next = from;
  let wanted = true;
  const work = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      let seed = from;
      const give = (): void => {
        if (!wanted || next >= from + seeds) {
          child.disconnect();
          resolve();
          return;
        }
        seed = next++;
        child.send(seed);
      };
      child.on("message", (summary: Summary) => {
        if (!onSummary(summary)) wanted = false;
        give();
      });
      child.on("exit", (code) => {
        if (code !== 0) reject(new Error(`the process that ran seed ${seed} ended with ${code}`));
      });
      give();
    });
  const children = Array.from({ length: processes }, () => fork(program, { execArgv }));
  try {
    await Promise.all(children.map(work));
  } finally {
    for (const child of children) if (child.connected) child.disconnect();
  }
}
