import type { JobId } from "../../../src/base/brands.ts";
import type { Command, Notice, Outcome } from "../../../src/machine/types.ts";

/** Q8: a job dies once, unless it begins anew between two deaths. */
export class Deaths {
  readonly #dead = new Set<JobId>();

  /** Takes in one entry; gives the job that died twice, or null. */
  applied(
    commands: readonly Command[],
    outcomes: readonly (Outcome | undefined)[],
    notices: readonly Notice[],
  ): JobId | null {
    // In whichever order: one entry may end a job's last claim and let it begin anew, or the other way round.
    const begun = commands.flatMap((command, i) => begunAnew(command, outcomes[i]));
    for (const notice of notices) {
      if (notice.type !== "jobDead") continue;
      const at = begun.indexOf(notice.id);
      if (at !== -1) begun.splice(at, 1);
      else if (this.#dead.has(notice.id)) return notice.id;
      else this.#dead.add(notice.id);
    }
    for (const id of begun) this.#dead.delete(id);
    return null;
  }

  /** It is gone, and another job may get its id. */
  forget(id: JobId): void {
    this.#dead.delete(id);
  }
}

/** A job that begins anew may die anew. */
function begunAnew(command: Command, outcome: Outcome | undefined): readonly JobId[] {
  if (command.type !== "manage" || outcome?.type !== "manage" || command.action === "runNow") return [];
  return command.ids.filter((_, i) => outcome.results[i]?.ok === true);
}
