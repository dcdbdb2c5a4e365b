/** Beyond this the one that has not come for longest is forgotten: strangers must not fill the memory. */
const maxReasons = 256;

/** Says whether a reason is new, so that a retry every second does not repeat the same log line. */
export class LoggedReasons {
  /** What each is about; in the order in which they came last. */
  readonly #seen = new Map<string, string>();

  /** True the first time `about` comes with `reason`. */
  isNew(about: string, reason: string): boolean {
    const key = JSON.stringify([about, reason]);
    const isNew = !this.#seen.delete(key);
    this.#seen.set(key, about);
    const [oldest] = this.#seen.keys();
    if (oldest !== undefined && this.#seen.size > maxReasons) this.#seen.delete(oldest);
    return isNew;
  }

  /** All is well with `about` again: the next trouble is news. */
  forget(about: string): void {
    for (const [key, of] of this.#seen) if (of === about) this.#seen.delete(key);
  }
}
