/** More distinct reasons than this are not remembered: strangers must not fill the memory or the log. */
const maxReasons = 256;

/** Says whether a reason is new, so that a retry every second does not repeat the same log line. */
export class LoggedReasons {
  readonly #seen = new Map<string, Set<string>>();
  #count = 0;

  /** True the first time `about` comes with `reason`, while there is room. */
  isNew(about: string, reason: string): boolean {
    const reasons = this.#seen.get(about);
    if (reasons?.has(reason) || this.#count >= maxReasons) return false;
    this.#count += 1;
    if (reasons === undefined) this.#seen.set(about, new Set([reason]));
    else reasons.add(reason);
    return true;
  }

  /** All is well with `about` again: the next trouble is news. */
  forget(about: string): void {
    this.#count -= this.#seen.get(about)?.size ?? 0;
    this.#seen.delete(about);
  }
}
