import { readSealed, writeSealed } from "./sealedFile.ts";
import { Turnstile } from "./turnstile.ts";
import type { WriteFuse } from "./writeFuse.ts";

/**
 * Where the other members were last heard of to listen for peers (`host:port`): for a node whose data turns out to be
 * damaged, long after the settings that it was first started with have ceased to be true. A hint, never proof of anything:
 * a damaged file is as good as none.
 */
export async function readMemberAddresses(path: string): Promise<readonly string[]> {
  const fields = await readSealed(path).catch(() => null);
  const addresses: unknown = fields?.["addresses"];
  return Array.isArray(addresses) ? addresses.map(String) : [];
}

export class MemberAddresses {
  readonly #path: string;
  readonly #fuse: WriteFuse;
  /** Two configurations may be applied in quick succession: their writes would take each other's file away. */
  readonly #turnstile = new Turnstile();
  #written = "";

  constructor(path: string, fuse: WriteFuse) {
    this.#path = path;
    this.#fuse = fuse;
  }

  /** Resolves once durable. Rejects with DISK_FAILED. */
  remember(addresses: readonly string[]): Promise<void> {
    return this.#turnstile.run(() => this.#remember(addresses));
  }

  async #remember(addresses: readonly string[]): Promise<void> {
    const sorted = [...new Set(addresses)].sort();
    const shown = sorted.join();
    if (sorted.length === 0 || shown === this.#written) return;
    await this.#fuse.guard(this.#path, () => writeSealed(this.#path, { addresses: sorted }));
    this.#written = shown;
  }
}
