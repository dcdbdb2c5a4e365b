import { type Command, InvalidArgumentError, Option } from "commander";
import type { JobFilter, JobState } from "../../client/index.ts";
import { pointInTime } from "../flags.ts";

const states = ["waiting", "scheduled", "ready", "running", "completed", "dead", "cancelled"] as const;

export interface FilterFlags {
  readonly queue?: string;
  readonly state?: readonly JobState[];
  readonly agent?: string;
  readonly tag?: string;
  readonly key?: string;
  readonly since?: Date;
  readonly before?: Date;
}

export function addFilterFlags(command: Command): Command {
  return command
    .option("--queue <NAME>", "only this queue's")
    .addOption(new Option("--state <LIST>", `only in these states: ${states.join(",")}`).argParser(stateList))
    .option("--agent <NAME>", "only this agent's")
    .option("--tag <TAG>", "only those with this tag")
    .option("--key <KEY>", "only those of this key")
    .option(
      "--since <TIME>",
      "only those enqueued at or after this time: ISO, or ms since the epoch",
      pointInTime,
    )
    .option("--before <TIME>", "only those enqueued before this time", pointInTime);
}

function stateList(text: string): readonly JobState[] {
  return text.split(",").map((name) => {
    const state = states.find((known) => known === name.trim());
    if (state === undefined) throw new InvalidArgumentError(`Allowed choices are ${states.join(", ")}.`);
    return state;
  });
}

export function filterOf({ queue, state, agent, tag, key, since, before }: FilterFlags): JobFilter {
  return { queue, state, agent, tag, key, since, before };
}

export function isEmpty(filter: JobFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}
