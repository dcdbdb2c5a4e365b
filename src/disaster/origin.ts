import { join } from "node:path";
import { readSealed, writeSealed } from "../storage/sealedFile.ts";
import type { DisasterReport } from "./report.ts";

/** In a directory that was made of old data: the report of how. Nothing rests on it but answering once more. */
const fileName = "origin.json";

export async function writeOrigin(
  folder: string,
  kind: "restored" | "recovered",
  report: DisasterReport,
): Promise<void> {
  await writeSealed(join(folder, fileName), { kind, report });
}

/** Null when the directory came about in another way. */
export async function readOrigin(
  folder: string,
  kind: "restored" | "recovered",
): Promise<DisasterReport | null> {
  const fields = await readSealed(join(folder, fileName));
  return fields?.["kind"] === kind ? (fields["report"] as DisasterReport) : null;
}
