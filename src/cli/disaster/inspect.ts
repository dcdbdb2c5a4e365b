import { type Register, runCommand } from "../context.ts";
import { addOutputFlag } from "../flags.ts";
import { type OutputFormat, printAnswer } from "../output/print.ts";
import { inspectionAnswer } from "./report.ts";
import { addSettings, readSettings, type SettingFlags } from "./settings.ts";

type InspectFlags = SettingFlags & { readonly output: OutputFormat };

const settings = ["dataDir"] as const;

/** `conclave inspect`: what a stopped node's data directory holds. */
export const registerInspect: Register = (parent, context) => {
  const command = parent
    .command("inspect")
    .summary("show what a stopped node's data directory holds")
    .description(
      "Shows what the data directory of a stopped node holds, and that it is undamaged: to choose the survivor by when the " +
        "majority is lost.",
    );
  addOutputFlag(addSettings(command, settings));
  command.action(async (flags: InspectFlags) => {
    await runCommand(context, async () => {
      const { dataDir } = await readSettings(context, flags, settings);
      printAnswer(context.io, flags.output, inspectionAnswer(await context.inspect(dataDir)));
    });
  });
};
