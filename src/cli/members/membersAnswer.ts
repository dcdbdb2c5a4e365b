import type { Member, Members } from "../../client/index.ts";
import { type Paint, plain } from "../output/paint.ts";
import type { Answer } from "../output/print.ts";
import { catchUpOf } from "./catchUp.ts";

/** One row a member; JSON has the same with all numbers. */
export function membersAnswer(members: Members, paint: Paint = plain, note = ""): Answer {
  const notes = [
    ...(members.joint || !members.committed ? [underWay(members)] : []),
    ...(note === "" ? [] : [note]),
  ];
  return {
    json: {
      ...members,
      members: members.members.map((member) => ({
        ...member,
        lag: member.matchIndex === undefined ? null : Math.max(0, members.lastIndex - member.matchIndex),
        caughtUp: catchUpOf(member, members)?.done ?? null,
      })),
    },
    columns: [
      { title: "NODE" },
      { title: "STANDING" },
      { title: "PEERS AT" },
      { title: "CLIENTS AT" },
      { title: "REACHABLE" },
      { title: "MATCH INDEX", align: "right" },
      { title: "PROGRESS" },
      { title: "VERSION" },
    ],
    rows: members.members.map((member) => row(member, members, paint)),
    ...(notes.length === 0 ? {} : { note: notes.join("\n") }),
  };
}

function row(member: Member, members: Members, paint: Paint): string[] {
  const { standing, promotes } = member;
  const shown = promotes ? `${standing}, to vote` : standing;
  return [
    member.id,
    standing === "leader" ? paint("green", shown) : standing === "voter" ? shown : paint("yellow", shown),
    member.peerAddress ?? "-",
    member.clientAddress ?? "-",
    member.reachable ? "yes" : paint("red", "no"),
    member.matchIndex === undefined ? "-" : String(member.matchIndex),
    catchUpOf(member, members)?.text ?? "-",
    member.version ?? "-",
  ];
}

function underWay({ joint, configurationIndex }: Members): string {
  const what = joint
    ? "the membership is joint: old and new voters decide together"
    : "a change of membership";
  return `${what} (entry ${configurationIndex}), until the change is complete`;
}
