import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addChangeFlags, addWaitFlags, type ChangeFlags, runChange } from "./change.ts";

/** `conclave node promote`: a learner that has caught up votes from now on. */
export function registerPromote(parent: Command, context: CliContext): void {
  const command = parent
    .command("promote")
    .summary("make a learner a voter")
    .description(
      "Makes a learner a voter. One that lacks too much of the log is refused: it would slow every write.",
    )
    .argument("<id>", "the learner's id");
  addWaitFlags(command, "show how it catches up, and promote it once it has");
  addChangeFlags(command).action(async (id: string, flags: ChangeFlags) => {
    await runChange(context, flags, {
      change: { promote: [id] },
      waitFor: { id, goal: "caughtUp", otherwise: "it was not promoted" },
      waitBefore: true,
    });
  });
}
