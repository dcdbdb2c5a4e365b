import type { LogIndex } from "../base/brands.ts";
import type { ConclaveError } from "../base/errors.ts";
import { overloaded } from "./errors.ts";

/** Reads that wait beyond this are refused: without a quorum none of them is answered, and clients go on asking. */
const maxWaiting = 100_000;

interface Barrier {
  readonly resolve: () => void;
  readonly reject: (error: ConclaveError) => void;
}

/** Linearizable reads that wait: first for their safe index (ReadIndex, thesis 6.4), then for it to be applied. */
export class ReadBarriers {
  readonly #ask: (id: number) => void;
  readonly #asked = new Map<number, Barrier>();
  #waiting: { readonly index: LogIndex; readonly barrier: Barrier }[] = [];
  #nextId = 1;

  /** `ask` hands the read to the core. */
  constructor(ask: (id: number) => void) {
    this.#ask = ask;
  }

  request(): Promise<void> {
    if (this.#asked.size + this.#waiting.length >= maxWaiting) {
      return Promise.reject(overloaded(`${maxWaiting} reads already wait`));
    }
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#asked.set(id, { resolve, reject });
      this.#ask(id);
    });
  }

  released(id: number, index: LogIndex, appliedIndex: LogIndex): void {
    const barrier = this.#asked.get(id);
    if (barrier === undefined) return;
    this.#asked.delete(id);
    if (index <= appliedIndex) barrier.resolve();
    else this.#waiting.push({ index, barrier });
  }

  rejected(id: number, error: ConclaveError): void {
    this.#asked.get(id)?.reject(error);
    this.#asked.delete(id);
  }

  applied(appliedIndex: LogIndex): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      if (each.index <= appliedIndex) each.barrier.resolve();
      else this.#waiting.push(each);
    }
  }

  rejectAll(error: ConclaveError): void {
    for (const barrier of this.#asked.values()) barrier.reject(error);
    for (const { barrier } of this.#waiting) barrier.reject(error);
    this.#asked.clear();
    this.#waiting = [];
  }
}
