import { type Command, Option } from "commander";
import { ConclaveError } from "../../client/index.ts";
import { type FieldKey, fields, flagOf, variableOf } from "../config/fields.ts";
import { readConfigFile } from "../config/readFile.ts";
import { resolveDirectory } from "../config/resolve.ts";
import type { CliContext } from "../context.ts";

export type SettingFlags = Readonly<Record<string, unknown>> & { readonly config?: string };

/** The settings of a node that these commands need, from where a node has them. */
export function addSettings(command: Command, keys: readonly FieldKey[]): Command {
  command.option("-c, --config <FILE>", "the node's settings as .yaml or .json (CONCLAVE_CONFIG)");
  for (const field of fields.filter(({ key }) => keys.includes(key))) {
    command.addOption(
      new Option(
        `${flagOf(field.key)} <${field.placeholder}>`,
        `${field.describe} (${variableOf(field.key)})`,
      ),
    );
  }
  return command;
}

/** CONFIG_INVALID lists every mistake; those of settings that are not among `keys` are left for the node to find. */
export async function readSettings(context: CliContext, flags: SettingFlags, keys: readonly FieldKey[]) {
  const path = flags.config ?? context.io.env["CONCLAVE_CONFIG"];
  const file = path === undefined || path === "" ? null : { path, content: await readConfigFile(path) };
  return resolveDirectory({ flags, env: context.io.env, file }, keys);
}

/** Reads one line; throws ABORTED when there is none. */
export async function readLine(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stdin) {
    text += Buffer.from(chunk).toString("utf8");
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end).trim();
  }
  throw new ConclaveError("ABORTED", "no answer came; nothing was done");
}
