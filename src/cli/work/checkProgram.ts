import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { ConclaveError } from "../../base/errors.ts";

/**
 * Rejects with CONFIG_INVALID when there is no such program, or it may not be run: with a misspelt name each job of the queue
 * would fail all its attempts within seconds.
 */
export async function checkProgram(command: string): Promise<void> {
  // Windows has rules of its own for what can be run.
  if (process.platform === "win32") return;
  const folders = command.includes("/") ? [""] : (process.env["PATH"] ?? "").split(delimiter);
  for (const folder of folders) if (await canRun(join(folder, command))) return;
  const where = command.includes("/") ? "" : " in any folder of PATH";
  throw new ConclaveError(
    "CONFIG_INVALID",
    `cannot run ${command}: there is no such program${where}, or it may not be executed. No job was taken`,
  );
}

async function canRun(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
