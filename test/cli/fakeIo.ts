import type { OfflineTools } from "../../src/cli/disaster/types.ts";
import { runCli } from "../../src/cli/index.ts";
import type { CliIo } from "../../src/cli/io.ts";
import type { NodeOptions, RunningNode, StartNode } from "../../src/cli/nodeOptions.ts";

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly startNode?: StartNode;
  readonly tools?: Partial<OfflineTools>;
  /** Whether `stdin` is somebody who can be asked. */
  readonly isTTY?: boolean;
  /** The script that the command spawns for itself. */
  readonly binPath?: string;
}

const noNode: StartNode = () => Promise.reject(new Error("this test starts no node"));

/** A test that reaches one of them has to bring its own. */
export const noTools: OfflineTools = {
  writeBackup: () => Promise.reject(new Error("this test writes no backup")),
  restore: () => Promise.reject(new Error("this test restores nothing")),
  recover: () => Promise.reject(new Error("this test recovers nothing")),
  inspect: () => Promise.reject(new Error("this test inspects nothing")),
};

/** Runs one command line in this process and keeps what it wrote. */
export async function run(args: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  const written = { stdout: "", stderr: "" };
  const io: CliIo = {
    stdin: Object.assign(chunksOf(options.stdin ?? ""), { isTTY: options.isTTY === true }),
    stdout: { write: (text) => void (written.stdout += text) },
    stderr: { write: (text) => void (written.stderr += text) },
    env: options.env ?? {},
  };
  const argv = ["node", options.binPath ?? "conclave", ...args];
  const startNode = options.startNode ?? noNode;
  const code = await runCli(argv, { ...noTools, ...options.tools, startNode, version: "1.2.3", io });
  return { code, ...written };
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield Buffer.from(text);
}

/** A node that only remembers its options; it ends at once, or as `ended` does. */
export function fakeNode(ended: Promise<void> = Promise.resolve()): {
  readonly startNode: StartNode;
  readonly started: NodeOptions[];
  readonly stops: () => number;
} {
  const started: NodeOptions[] = [];
  let stops = 0;
  const startNode = (options: NodeOptions): Promise<RunningNode> => {
    started.push(options);
    return Promise.resolve({
      clientAddress: options.listenClient,
      peerAddress: options.listenPeer,
      httpAddress: options.listenHttp,
      ended,
      whileLeader: () => {
        throw new Error("this test has no duties");
      },
      stop: () => {
        stops++;
        return Promise.resolve();
      },
    });
  };
  return { startNode, started, stops: () => stops };
}
