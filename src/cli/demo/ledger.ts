import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * What a worker process writes down outside of the cluster, line by line, so that a SIGKILL loses nothing: which
 * completions it sent, with which fencing token, and which of them the cluster refused.
 */
export type LedgerLine =
  /** Written before the completion is sent: it will be accepted, refused, or in doubt when the worker dies. */
  | { readonly type: "sent"; readonly job: string; readonly token: number; readonly attempt: number }
  | { readonly type: "refused"; readonly job: string; readonly code: string }
  /** The worker stopped before anybody had answered it. */
  | { readonly type: "unanswered"; readonly job: string }
  /** Last line of a worker that stopped in order: what was sent, and neither refused nor unanswered, was accepted. */
  | { readonly type: "closed" };

interface SentCompletion {
  readonly job: string;
  readonly token: number;
  readonly attempt: number;
}

export interface Ledger {
  readonly worker: string;
  readonly sent: readonly SentCompletion[];
  /** Jobs whose completion was refused, once per refusal. */
  readonly refused: readonly string[];
  readonly unanswered: readonly string[];
  /** False for a worker that was killed: whatever it sent is in doubt. */
  readonly closed: boolean;
}

export class LedgerWriter implements Disposable {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  write(line: LedgerLine): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

const suffix = ".ledger.jsonl";

export function ledgerPath(dir: string, worker: string): string {
  return join(dir, `${worker}${suffix}`);
}

/** All ledgers below `dir`, one a worker. */
export function readLedgers(dir: string): readonly Ledger[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(suffix))
    .map((name) => parseLedger(basename(name, suffix), readFileSync(join(dir, name), "utf8")));
}

export function parseLedger(worker: string, text: string): Ledger {
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LedgerLine);
  return {
    worker,
    sent: lines.filter((line) => line.type === "sent"),
    refused: lines.flatMap((line) => (line.type === "refused" ? [line.job] : [])),
    unanswered: lines.flatMap((line) => (line.type === "unanswered" ? [line.job] : [])),
    closed: lines.at(-1)?.type === "closed",
  };
}
