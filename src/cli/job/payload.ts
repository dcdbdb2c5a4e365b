import { readFile } from "node:fs/promises";
import { ConclaveError } from "../../base/errors.ts";
import { type CliIo, readAll } from "../io.ts";

/**
 * DATA of `job enqueue`: the text itself, `@FILE` for a file's bytes, `-` for stdin; nothing at all for an
 * empty payload. The bytes go into the job as they are; by custom they are JSON.
 */
export async function readPayload(data: string | undefined, io: CliIo): Promise<Uint8Array> {
  if (data === undefined) return new Uint8Array(0);
  if (data === "-") return readAll(io.stdin);
  if (!data.startsWith("@")) return Buffer.from(data, "utf8");
  const path = data.slice(1);
  try {
    return await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConclaveError("INVALID_ARGUMENT", `DATA ${data}: cannot read the file: ${why}`, { cause });
  }
}
