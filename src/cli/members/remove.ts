import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addChangeFlags, type ChangeFlags, runChange } from "./change.ts";

/** `conclave node remove`: a member goes for good. */
export function registerRemove(parent: Command, context: CliContext): void {
  const command = parent
    .command("remove")
    .summary("remove a member")
    .description(
      "Removes a member, voter or learner, for good. Its process goes on until it is stopped, and takes no part any more; " +
        "to use the machine again, start a node with an empty data directory and --join.",
    )
    .argument("<id>", "the member's id");
  addChangeFlags(command).action(async (id: string, flags: ChangeFlags) => {
    await runChange(context, flags, {
      change: { remove: [id] },
      note: () => `${id} was removed. Stop it, and delete its data directory.`,
    });
  });
}
