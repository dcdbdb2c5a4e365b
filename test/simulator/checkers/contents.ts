import type { JobId } from "../../../src/base/brands.ts";
import type { Machine } from "../../../src/machine/index.ts";
import type { Job } from "../../../src/machine/types.ts";
import { digest } from "./digest.ts";

interface Known {
  readonly digest: number;
  /** The entry that it was last looked at after. */
  readonly since: number;
}

/**
 * All that jobs hold and what is kept beside them after each entry, as one number: payloads, results, saved work, texts. A
 * node reads its state hash from its checkpoint, so a state that came to something else on its way through a checkpoint, a
 * snapshot or a backup has the right hash; it does not have the right contents (R13).
 */
export class Contents {
  readonly #jobs = new Map<JobId, Known>();
  /** After each entry; position 0 is the state that the log begins with. */
  readonly #sums: number[];
  #sum = 0;

  constructor(machine: Machine) {
    this.#sums = [digestBeside(machine)];
  }

  /** An entry was applied that can have changed these jobs alone. */
  applied(machine: Machine, touched: Iterable<JobId>): void {
    const since = this.#sums.length;
    for (const id of touched) {
      const before = this.#jobs.get(id);
      if (before?.since === since) continue;
      const job = machine.job(id);
      this.#sum ^= before?.digest ?? 0;
      if (job === undefined) this.#jobs.delete(id);
      else {
        const now = { digest: digest(job), since };
        this.#sum ^= now.digest;
        this.#jobs.set(id, now);
      }
    }
    this.#sums.push(this.#sum ^ digestBeside(machine));
  }

  /** The log begins anew here, with this state. */
  goOn(): void {
    this.#sums.splice(0, this.#sums.length - 1);
    for (const [id, known] of this.#jobs) this.#jobs.set(id, { ...known, since: 0 });
  }

  /** What this machine holds after `index` that it should not; null when it is all right. `truth` may be further on. */
  wrongIn(machine: Machine, index: number, truth: Machine): string | null {
    const jobs = machine.list({ limit: Number.MAX_SAFE_INTEGER });
    const digests = jobs.map((job) => digest(job));
    const sum = digests.reduce((all, each) => all ^ each, digestBeside(machine));
    if (sum === this.#sums[index]) return null;
    const wrong = jobs.find(({ spec }, i) => {
      const known = this.#jobs.get(spec.id);
      return known !== undefined && known.since <= index && known.digest !== digests[i];
    });
    if (wrong === undefined) return `the contents of ${jobs.length} jobs or what is kept beside them`;
    return `${shown(wrong)}\nshould be ${shown(truth.job(wrong.spec.id))}`;
  }
}

/** Settings and schedules are replaced as a whole, never changed. */
const digests = new WeakMap<object, number>();

function digestOnce(value: object | undefined): number {
  if (value === undefined) return 0;
  const known = digests.get(value) ?? digest(value);
  digests.set(value, known);
  return known;
}

function digestBeside(machine: Machine): number {
  const { totals, nextSequence } = machine;
  const settings = machine.queueNames().map((queue) => digestOnce(machine.queueSettings(queue)));
  const schedules = machine.scheduleNames().map((name) => digestOnce(machine.schedule(name)));
  return digest([totals, nextSequence, machine.breakers().map(digestOnce), settings, schedules]);
}

function shown(job: Job | undefined): string {
  return JSON.stringify(job, function bare(this: Record<string, unknown>, key: string, value: unknown) {
    const given = this[key];
    return given instanceof Uint8Array ? Buffer.from(given).toString("hex") : value;
  });
}
