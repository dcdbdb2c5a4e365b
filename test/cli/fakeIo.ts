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
  /** The script that the command spawns for itself. */
  readonly binPath?: string;
}

const noNode: StartNode = () => Promise.reject(new Error("this test starts no node"));

/** Runs one command line in this process and keeps what it wrote. */
export async function run(args: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  const written = { stdout: "", stderr: "" };
  const io: CliIo = {
    stdin: chunksOf(options.stdin ?? ""),
    stdout: { write: (text) => void (written.stdout += text) },
    stderr: { write: (text) => void (written.stderr += text) },
    env: options.env ?? {},
  };
  const argv = ["node", options.binPath ?? "conclave", ...args];
  const code = await runCli(argv, { startNode: options.startNode ?? noNode, version: "1.2.3", io });
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
      stop: () => {
        stops++;
        return Promise.resolve();
      },
    });
  };
  return { startNode, started, stops: () => stops };
}
