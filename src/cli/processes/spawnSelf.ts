import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { guardChild } from "./childGuard.ts";

export interface SpawnSelfOptions {
  /** The script that `conclave` runs from. */
  readonly binPath: string;
  readonly args: readonly string[];
  readonly stdout: "pipe" | "ignore" | "inherit" | number;
  readonly stderr: "pipe" | "ignore" | "inherit" | number;
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Node's own default, said so that another release of Node does not change it: with more, the rare collections at full load
 * last longer (64 MiB: 30 to 100 ms); with 8 the leader carries 8 % fewer jobs (docs/performance.md). The same stands in
 * src/bin.ts and cluster/Dockerfile.
 */
export const nodeFlags = ["--max-semi-space-size=16"] as const;

/**
 * For glibc (others ignore it), read when a process begins: two arenas, and whatever has a MiB or more gets pages of its own, which
 * go back to the kernel. Else an arena for each thread, and a threshold that grows, keep what large payloads had: each time a leader was
 * overloaded it took some 30 MiB more (docs/decisions/storage.md). The same stands in src/bin.ts and cluster/Dockerfile.
 */
export const nodeEnvironment = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "1048576" } as const;

/** How a process ended. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Spawns `conclave ARGS` as a child with an IPC channel, whose break tells it that we are gone. */
export function spawnSelf(options: SpawnSelfOptions): ChildProcess {
  const stdio: StdioOptions = ["ignore", options.stdout, options.stderr, "ipc"];
  return guardChild(
    spawn(process.execPath, [...nodeFlags, options.binPath, ...options.args], {
      stdio,
      env: { ...nodeEnvironment, ...inherited(), ...options.env },
      // Its own process group: a terminal's Ctrl-C reaches us alone, and we end the children in order.
      detached: true,
    }),
  );
}

/** `("node", {id: "n1"})` -> `["node", "--id", "n1"]`. */
export function commandLine(command: string, flags: Readonly<Record<string, string>>): string[] {
  return [command, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
}

/** Our own settings would leak into a child whose arguments say all; the rest it may need (PATH, HOME, ...). */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CONCLAVE_")));
}

/** Resolves when the process has ended, or rejects when it could not be started. */
export function exitOf(child: ChildProcess): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

export function describeExit(status: ExitStatus): string {
  return status.signal === null ? `exit code ${status.code ?? "unknown"}` : `signal ${status.signal}`;
}
