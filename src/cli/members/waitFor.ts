import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, ConclaveError, type Member, type Members } from "../../client/index.ts";
import { CommandFailed } from "../commandFailed.ts";
import type { CallLimits } from "../connection.ts";
import type { CliIo } from "../io.ts";
import { humanMs } from "../output/print.ts";
import { showProgress } from "../output/progress.ts";
import { catchUpOf } from "./catchUp.ts";

const askEveryMs = 300;

/** Has caught up and stays a learner, or votes. */
export type Goal = "caughtUp" | "votes";

export interface Wait {
  readonly id: string;
  readonly goal: Goal;
  /** How things stand when the time is up. */
  readonly otherwise: string;
  /** Infinity for no limit but the call's signal: data may be large. */
  readonly withinMs: number;
}

/** Shows how a member catches up until it has reached its goal; DEADLINE_EXCEEDED when it takes too long. */
export async function waitForMember(
  io: CliIo,
  cluster: Cluster,
  { id, goal, otherwise, withinMs }: Wait,
  limits: CallLimits,
): Promise<Members> {
  const until = performance.now() + withinMs;
  using progress = showProgress(io);
  for (;;) {
    const members = await cluster.members(limits);
    const member = members.members.find((each) => each.id === id);
    if (member === undefined) throw new CommandFailed(`${id} is no member of the cluster any more`);
    if (isReached(member, members, goal)) return members;
    const catchUp = catchUpOf(member, members);
    const text = describe(member, catchUp?.text);
    const leftMs = until - performance.now();
    if (leftMs <= 0) {
      const what = goal === "votes" ? "to vote" : "to catch up";
      throw new ConclaveError(
        "DEADLINE_EXCEEDED",
        `waited ${humanMs(withinMs)} for ${id} ${what} (${text}); ${otherwise}`,
      );
    }
    progress.update(catchUp?.share ?? 0, `${id}: ${text}`);
    await delay(Math.min(askEveryMs, leftMs), undefined, { signal: limits.signal });
  }
}

function isReached(member: Member, members: Members, goal: Goal): boolean {
  if (goal === "votes") return votes(member) && members.committed && !members.joint;
  return votes(member) || catchUpOf(member, members)?.done === true;
}

function votes({ standing }: Member): boolean {
  return standing === "leader" || standing === "voter";
}

function describe(member: Member, text = "waiting"): string {
  if (!member.reachable && member.matchIndex === 0) return "not heard yet; is it started, with --join?";
  return `${text}${member.reachable ? "" : ", not reachable at the moment"}`;
}
