import type { JobId } from "../base/brands.ts";
import { duplicate, holderOf, notTakenIn, refusedWith, unknownDependency } from "./admission.ts";
import type { KeyHolder } from "./dedup.ts";
import type { MachineState } from "./state.ts";
import type { EnqueueError, EnqueueResult, JobSpec, Refusal } from "./types.ts";

/** The answers when one of an atomic batch must be refused, else null. Looks ahead without changing anything. */
export function refusedAll(state: MachineState, jobs: readonly JobSpec[]): EnqueueResult[] | null {
  const ahead = new LookAhead(state);
  let refusals = 0;
  const answers = jobs.map((spec): EnqueueResult | null => {
    const same = state.jobs.view(spec.id);
    if (same !== undefined) return { id: spec.id, state: same.state, existing: true };
    const refusal = ahead.enqueue(spec);
    if (refusal === null) return null;
    refusals += 1;
    return refusedWith(spec, refusal);
  });
  if (refusals === 0) return null;
  const message = `${refusals} of the ${jobs.length} jobs of this atomic batch are refused: none is taken in`;
  return answers.map((answer, i) => {
    const spec = jobs[i];
    if (answer !== null || spec === undefined) return answer as EnqueueResult;
    return refusedWith(spec, { code: "BATCH_REFUSED", message });
  });
}

/** What would be there after the first jobs of a batch, as far as it decides about the next one. */
class LookAhead {
  readonly #state: MachineState;
  /** Of the batch, taken in. */
  readonly #ids = new Set<JobId>();
  /** Replaced by one of the batch; or one of it that ends as soon as it comes, since one that it waits for has failed. */
  readonly #over = new Set<JobId>();
  /** Who has the keys that the batch wants, null for nobody. */
  readonly #keys = new Map<string, JobId | null>();

  constructor(state: MachineState) {
    this.#state = state;
  }

  /** Why it would be refused, or null. */
  enqueue(spec: JobSpec): Refusal<EnqueueError> | null {
    if (this.#ids.has(spec.id)) return null;
    const refusal =
      notTakenIn(this.#state, spec) ??
      unknownDependency(spec, (id) => this.#ids.has(id) || this.#state.jobs.has(id));
    if (refusal !== null) return refusal;
    const { dedup } = spec;
    if (dedup === undefined || dedup.mode === "force") {
      this.#takeIn(spec);
      return null;
    }
    const key = `${spec.queue}\0${dedup.key}`;
    const holder = this.#holderOf(spec, key);
    if (holder !== null) {
      if (dedup.mode === "reject") return duplicate(spec, holder.id);
      if (dedup.mode === "return" || !this.#isReplaceable(holder)) return null;
      this.#over.add(holder.id);
    }
    this.#takeIn(spec);
    const isHeld = !this.#over.has(spec.id) || dedup.windowMs > 0;
    this.#keys.set(key, isHeld ? spec.id : null);
    return null;
  }

  #holderOf(spec: JobSpec, key: string): KeyHolder | null {
    if (!this.#keys.has(key)) return holderOf(this.#state, spec);
    const id = this.#keys.get(key) ?? null;
    return id === null ? null : { id, isActive: !this.#over.has(id) };
  }

  #takeIn({ id, waitFor }: JobSpec): void {
    this.#ids.add(id);
    const hasFailed = waitFor?.ids.some((each) => this.#isLost(each)) ?? false;
    if (hasFailed && waitFor?.onFailure !== "run") this.#over.add(id);
  }

  /** Dead or cancelled. */
  #isLost(id: JobId): boolean {
    const state = this.#state.jobs.view(id)?.state;
    return this.#over.has(id) || state === "dead" || state === "cancelled";
  }

  /** One that retention has removed within its window is not, either. */
  #isReplaceable({ id, isActive }: KeyHolder): boolean {
    if (this.#over.has(id)) return false;
    if (this.#state.rules >= 1 && !isActive) return false;
    if (this.#ids.has(id)) return true;
    const known = this.#state.jobs.view(id);
    return known !== undefined && known.state !== "running" && known.finishedAt === null;
  }
}
