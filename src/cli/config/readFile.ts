import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { ConclaveError } from "../../base/errors.ts";

/** Reads a `.yaml`, `.yml` or `.json` file. CONFIG_INVALID when it cannot be read or parsed. */
export async function readConfigFile(path: string): Promise<unknown> {
  const kind = extname(path).toLowerCase();
  if (![".yaml", ".yml", ".json"].includes(kind)) {
    throw new ConclaveError("CONFIG_INVALID", `${path}: a configuration file ends in .yaml, .yml or .json`);
  }
  try {
    const text = await readFile(path, "utf8");
    return kind === ".json" ? (JSON.parse(text) as unknown) : await parsed(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConclaveError("CONFIG_INVALID", `${path}: cannot be read as configuration: ${why}`, { cause });
  }
}

async function parsed(yaml: string): Promise<unknown> {
  // Loaded when there is something to read: it is a tenth of what a node loads.
  const { parse } = await import("yaml");
  return parse(yaml) as unknown;
}
