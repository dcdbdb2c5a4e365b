import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Holding {
  close(): Promise<void>;
  /** At the very end of this process, when nothing can be awaited any more. */
  readonly atExit: () => void;
}

const held = new Set<Holding>();

process.on("exit", () => {
  for (const { atExit } of newestFirst()) atExit();
});

/**
 * Something that must not outlive this run. It is closed by its disposal, by `closeAll`, or at the exit of this process,
 * and only once.
 */
export function own(close: () => Promise<void>, atExit: () => void = () => undefined): AsyncDisposable {
  let closing: Promise<void> | null = null;
  const holding = {
    close: () => {
      closing ??= close().finally(() => held.delete(holding));
      return closing;
    },
    atExit,
  };
  held.add(holding);
  return { [Symbol.asyncDispose]: holding.close };
}

/** Newest first: what was started last rests on what was there before. */
export async function closeAll(): Promise<void> {
  for (const holding of newestFirst()) await holding.close().catch(() => undefined);
}

const interruption = new AbortController();

/** Fires when this run is to end early. */
export const interrupted: AbortSignal = interruption.signal;

/** Ends this process on Ctrl-C or SIGTERM, once all that it has started is gone; at once when it is told twice. */
export function closeOnSignals(): void {
  const end = (signal: "SIGINT" | "SIGTERM", code: number): void => {
    process.on(signal, () => {
      if (interrupted.aborted) process.exit(code);
      interruption.abort();
      process.stderr.write("\nstopping what was started; once more to end at once\n");
      void closeAll().finally(() => process.exit(code));
    });
  };
  end("SIGINT", 130);
  end("SIGTERM", 143);
}

/** Where servers keep their data; set once at the start. */
export const place = { root: tmpdir() };

export interface Directory extends AsyncDisposable {
  readonly path: string;
}

/** An empty directory, removed when it is disposed of. */
export async function ownDirectory(): Promise<Directory> {
  const path = await mkdtemp(join(place.root, "conclave-bench-"));
  // A server that was just killed may still be writing.
  const how = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };
  const owned = own(
    () => rm(path, how),
    () => rmSync(path, how),
  );
  return { path, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

function newestFirst(): Holding[] {
  return [...held].reverse();
}
