import type { ChildProcess } from "node:child_process";

const guarded = new Set<ChildProcess>();

/**
 * Kills `child` when this process ends, however it ends: on `exit`, which also follows an uncaught error and a
 * signal that somebody handles. A SIGKILL of this process is covered from the other side, by the child's IPC
 * channel (`whenParentGone`). Returns `child`.
 */
export function guardChild<Child extends ChildProcess>(child: Child): Child {
  if (guarded.size === 0) process.on("exit", killAll);
  guarded.add(child);
  child.once("exit", () => {
    guarded.delete(child);
    if (guarded.size === 0) process.off("exit", killAll);
  });
  return child;
}

function killAll(): void {
  for (const child of guarded) {
    // A stopped process takes SIGKILL as well.
    child.kill("SIGKILL");
  }
}
