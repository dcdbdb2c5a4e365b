import type { JobId } from "../base/brands.ts";
import type { ConclaveError } from "../base/errors.ts";
import type {
  Act,
  ActResult,
  CancelResult,
  Command,
  EnqueueResult,
  JobSpec,
  Manage,
  ManageResult,
  Outcome,
} from "../machine/types.ts";
import type { MachineView } from "../machine/view.ts";
import { countReady } from "./arrivals.ts";
import { inParts } from "./batches.ts";
import { maxItemsPerEntry, weightOf } from "./commandSize.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { shuttingDown } from "./errors.ts";
import type { MemoryGuard } from "./memoryGuard.ts";
import type { NamesGuard } from "./namesGuard.ts";
import type { Submit } from "./proposer.ts";
import type { OperatorCommand, OutcomeOf } from "./service.ts";

export interface CommandDeskOptions {
  readonly dispatcher: Pick<Dispatcher, "arriving" | "arrived">;
  readonly memory: Pick<MemoryGuard, "check">;
  readonly names: Pick<NamesGuard, "checkJobs" | "checkCommand">;
  readonly machine: Pick<MachineView, "costByHand">;
  readonly submit: Submit;
  /** A turn is due. */
  readonly wake: () => void;
  readonly leads: () => boolean;
  readonly stopping: () => boolean;
  readonly notLeader: () => ConclaveError;
}

const nothing = (): void => undefined;

/** What clients ask the leader to do: put into the log, in parts that an entry has room for, and answered once applied. */
export class CommandDesk {
  readonly #options: CommandDeskOptions;

  constructor(options: CommandDeskOptions) {
    this.#options = options;
  }

  /** Throws unless this node leads. */
  assertLeads(): void {
    if (this.#options.stopping()) throw shuttingDown();
    if (!this.#options.leads()) throw this.#options.notLeader();
  }

  async enqueue(jobs: readonly JobSpec[], atomic: boolean): Promise<readonly EnqueueResult[]> {
    this.assertLeads();
    const { dispatcher, memory, names } = this.#options;
    memory.check();
    names.checkJobs(jobs);
    const enqueuePart = async (part: readonly JobSpec[]): Promise<readonly EnqueueResult[]> => {
      const arriving = countReady(part);
      for (const [queue, count] of arriving) dispatcher.arriving(queue, count);
      const outcome = await this.#submit({ type: "enqueue", jobs: part, ...(atomic && { atomic }) }, () => {
        for (const [queue, count] of arriving) dispatcher.arrived(queue, count);
      });
      return outcome.type === "enqueue" ? outcome.results : [];
    };
    // An atomic batch is one command, however large.
    return await (atomic ? enqueuePart(jobs) : inParts(jobs, maxItemsPerEntry, enqueuePart, weightOf));
  }

  act(acts: readonly Act[]): Promise<readonly ActResult[]> {
    return inParts(acts, maxItemsPerEntry, async (part) => {
      const outcome = await this.#submit({ type: "act", acts: part });
      return outcome.type === "act" ? outcome.results : [];
    });
  }

  cancel(ids: readonly JobId[], reason: string): Promise<readonly CancelResult[]> {
    return this.#byHand(ids, false, async (part, weight) => {
      const outcome = await this.#submit({ type: "cancel", ids: part, reason }, nothing, weight);
      return outcome.type === "cancel" ? outcome.results : [];
    });
  }

  async manage(command: Manage): Promise<readonly ManageResult[]> {
    return await this.#byHand(command.ids, command.action === "delete", async (part, weight) => {
      const outcome = await this.#submit({ ...command, ids: part }, nothing, weight);
      return outcome.type === "manage" ? outcome.results : [];
    });
  }

  async operate<Given extends OperatorCommand>(command: Given): Promise<OutcomeOf<Given>> {
    this.assertLeads();
    this.#options.names.checkCommand(command);
    // An outcome is of its command's type: the proposer pairs them by position.
    return (await this.#submit(command)) as OutcomeOf<Given>;
  }

  #byHand<Result>(
    ids: readonly JobId[],
    deletes: boolean,
    run: (part: readonly JobId[], weight: number) => Promise<readonly Result[]>,
  ): Promise<readonly Result[]> {
    const { machine } = this.#options;
    return inParts(ids, maxItemsPerEntry, run, (id) => machine.costByHand(id, deletes));
  }

  /** `settled` runs in the very step that applies or refuses the command. `items`: see `Submit`. */
  #submit(command: Command, settled: () => void = nothing, items?: number): Promise<Outcome> {
    const { stopping, leads, notLeader, submit, wake } = this.#options;
    return new Promise((resolve, reject) => {
      const refuse = (error: ConclaveError): void => {
        settled();
        reject(error);
      };
      if (stopping()) return refuse(shuttingDown());
      if (!leads()) return refuse(notLeader());
      const answer = (outcome: Outcome): void => {
        settled();
        resolve(outcome);
      };
      submit(command, answer, refuse, items);
      wake();
    });
  }
}
