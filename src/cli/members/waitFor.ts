import { setTimeout as delay } from "node:timers/promises";
import type { Cluster, Member, Members } from "../../client/index.ts";
import { CommandFailed } from "../commandFailed.ts";
import type { CallLimits } from "../connection.ts";
import type { CliIo } from "../io.ts";
import { showProgress } from "../output/progress.ts";
import { catchUpOf } from "./catchUp.ts";

const askEveryMs = 300;

/** Has caught up and stays a learner, or votes. */
export type Goal = "caughtUp" | "votes";

/** Shows how a member catches up until it has reached its goal. There is no limit but `signal`: data may be large. */
export async function waitForMember(
  io: CliIo,
  cluster: Cluster,
  id: string,
  goal: Goal,
  limits: CallLimits,
): Promise<Members> {
  using progress = showProgress(io);
  for (;;) {
    const members = await cluster.members(limits);
    const member = members.members.find((each) => each.id === id);
    if (member === undefined) throw new CommandFailed(`${id} is no member of the cluster any more`);
    if (isReached(member, members, goal)) return members;
    const catchUp = catchUpOf(member, members);
    progress.update(catchUp?.share ?? 0, describe(member, catchUp?.text));
    await delay(askEveryMs, undefined, { signal: limits.signal });
  }
}

function isReached(member: Member, members: Members, goal: Goal): boolean {
  if (goal === "votes") return votes(member) && members.committed && !members.joint;
  return votes(member) || catchUpOf(member, members)?.done === true;
}

function votes({ standing }: Member): boolean {
  return standing === "leader" || standing === "voter";
}

function describe(member: Member, text: string | undefined): string {
  if (!member.reachable && member.matchIndex === 0)
    return `${member.id}: not heard yet; is it started, with --join?`;
  return `${member.id}: ${text ?? "waiting"}${member.reachable ? "" : ", not reachable at the moment"}`;
}
