import type { LogIndex } from "../base/brands.ts";
import type { Configuration, Entry, MembershipCodec } from "./types.ts";

/**
 * The configurations that the log holds (Raft 6). "A server always uses the latest configuration in its log, regardless
 * of whether the entry is committed": each is in force from its append on, and gone again when its entry is cut off.
 *
 * Invariant: indexes ascend strictly; the first one was in force at the compacted entry, so there always is one.
 */
export class Configurations {
  readonly #codec: MembershipCodec;
  #first: Configuration;
  #later: Configuration[] = [];

  /** `first` is in force just before `entries`. */
  constructor(first: Configuration, entries: readonly Entry[], codec: MembershipCodec) {
    this.#codec = codec;
    this.#first = first;
    this.append(entries);
  }

  get inForce(): Configuration {
    return this.#later.at(-1) ?? this.#first;
  }

  /** In force as of the entry `index`, which is not compacted. */
  at(index: LogIndex): Configuration {
    return this.#later.findLast((item) => item.index <= index) ?? this.#first;
  }

  /**
   * The newest one that must be committed, given that `commitIndex` is: one that another has followed is as well, since
   * a leader changes nothing before it knows its last change to be committed (R11). A restart forgets commitIndex.
   */
  committed(commitIndex: LogIndex): Configuration {
    const last = this.#later.at(-1);
    if (last === undefined || last.index <= commitIndex) return this.inForce;
    return this.#later.at(-2) ?? this.#first;
  }

  /** The committed one and, where that is not in force any more, its successor: each may be in force somewhere. */
  live(commitIndex: LogIndex): readonly Configuration[] {
    const committed = this.committed(commitIndex);
    return committed === this.inForce ? [committed] : [committed, this.inForce];
  }

  append(entries: readonly Entry[]): void {
    for (const { kind, index, data } of entries) {
      if (kind === "membership") this.#later.push({ index, membership: this.#codec.decode(data) });
    }
  }

  /** The entries from `index` on are cut off: the configuration before them is in force again. */
  truncateFrom(index: LogIndex): void {
    this.#later = this.#later.filter((item) => item.index < index);
  }

  /** Entries through `index` leave the log; the configuration that they left in force stays. */
  compact(index: LogIndex): void {
    this.#first = this.at(index);
    this.#later = this.#later.filter((item) => item.index > index);
  }

  /** A snapshot has replaced the log: whatever the old one held, committed or not, means nothing any more. */
  replace(configuration: Configuration): void {
    this.#first = configuration;
    this.#later = [];
  }
}
