import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../fixtures/writer.mjs", import.meta.url));

export interface WriterEnd {
  /** What it said, whole lines only. */
  readonly lines: readonly string[];
  readonly exitCode: number | null;
}

/**
 * Runs fixtures/writer.mjs in a process of its own. `killWhen` sees how many writes it has acknowledged; when
 * it says so, the process gets SIGKILL. `fileLimitKiB` is the largest file that it may write.
 */
export async function runWriter(options: {
  readonly path: string;
  readonly mode: "append" | "truncate";
  readonly killWhen?: (writes: number) => boolean;
  readonly fileLimitKiB?: number;
}): Promise<WriterEnd> {
  const { path, mode, killWhen = () => false, fileLimitKiB } = options;
  const node = [process.execPath, script, path, mode];
  const limited = ["-c", `ulimit -f ${fileLimitKiB}; exec "$@"`, "bash", ...node];
  const child =
    fileLimitKiB === undefined
      ? spawn(process.execPath, node.slice(1), { stdio: ["ignore", "pipe", "inherit"] })
      : spawn("bash", limited, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    if (killWhen(output.split("\nwrote ").length - 1)) child.kill("SIGKILL");
  });
  await once(child, "close");
  return { lines: output.split("\n").slice(0, -1), exitCode: child.exitCode };
}
