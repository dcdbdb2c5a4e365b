import type { MemberStatus, NodeStatus } from "../client/index.ts";
import { leadershipIn } from "./leadership.ts";
import { percent } from "./members/catchUp.ts";
import type { Paint } from "./output/paint.ts";
import { type Answer, humanMs } from "./output/print.ts";

/** One row a node; the nodes that did not answer have dashes. */
export function statusAnswer(members: readonly MemberStatus[], paint: Paint): Answer {
  const committed = Math.max(0, ...members.map(({ status }) => status?.commitIndex ?? 0));
  const leadership = leadershipIn(members);
  const view = newestView(members, leadership?.id);
  const notes = [
    ...(leadership === undefined ? [paint("red", "no node leads")] : []),
    ...whyNobody(members),
    ...(view?.joint === true
      ? [paint("yellow", `the membership is joint (entry ${view.configurationIndex}): a change is under way`)]
      : []),
  ];
  return {
    json: {
      leaderId: leadership?.id ?? null,
      term: Math.max(0, ...members.map(({ status }) => status?.term ?? 0)),
      configurationIndex: view?.configurationIndex ?? null,
      joint: view?.joint ?? null,
      nodes: members.map(({ address, nodeId, status, error }) => ({
        nodeId: nodeId ?? null,
        address,
        reachable: status !== undefined,
        kind: status === undefined ? null : kindOf(status, view),
        lag: status === undefined ? null : committed - status.appliedIndex,
        status: status ?? null,
        error: error === undefined ? null : { code: error.code, message: error.message },
      })),
    },
    columns: [
      { title: "NODE" },
      { title: "ADDRESS" },
      { title: "ROLE" },
      { title: "TERM", align: "right" },
      { title: "COMMIT", align: "right" },
      { title: "APPLIED", align: "right" },
      { title: "LAG", align: "right" },
      { title: "LEASE LEFT", align: "right" },
      { title: "FORMAT" },
      { title: "UPTIME", align: "right" },
      { title: "REACHABLE" },
    ],
    rows: members.map((member) => row(member, committed, view, paint)),
    ...(notes.length === 0 ? {} : { note: notes.join("\n") }),
  };
}

/** Where no node answers, what was heard in place of them: a wrong port, say. */
function whyNobody(members: readonly MemberStatus[]): readonly string[] {
  if (members.some(({ status }) => status !== undefined)) return [];
  return [...new Set(members.flatMap(({ error }) => (error === undefined ? [] : [error.message])))];
}

/** The leader's, else that of the newest membership: who counts for what, and how far whoever fetches a snapshot is. */
function newestView(members: readonly MemberStatus[], leaderId: string | undefined): NodeStatus | undefined {
  const views = members.flatMap(({ status }) => (status?.standing === "member" ? [status] : []));
  const leaders = views.find(({ nodeId }) => nodeId === leaderId);
  return leaders ?? views.toSorted((a, b) => b.configurationIndex - a.configurationIndex)[0];
}

/** What a node counts for: where it stands with the cluster, `learner`, `outgoing`, or else its role. */
function kindOf(status: NodeStatus, view: NodeStatus | undefined): string {
  if (status.standing !== "member") return status.standing;
  const member = view?.members.find(({ nodeId }) => nodeId === status.nodeId);
  if (status.role === "leader" || member === undefined) return status.role;
  if (member.outgoing) return "outgoing";
  return member.voter ? status.role : "learner";
}

function row(
  { address, nodeId, status }: MemberStatus,
  committed: number,
  view: NodeStatus | undefined,
  paint: Paint,
): string[] {
  const id = nodeId ?? "?";
  if (status === undefined) return [id, address, ...new Array<string>(8).fill("-"), paint("red", "no")];
  const leads = status.role === "leader";
  const { format, maxFormat } = status;
  return [
    id,
    address,
    shownKind(status, view, paint),
    String(status.term),
    String(status.commitIndex),
    String(status.appliedIndex),
    String(committed - status.appliedIndex),
    leads ? `${humanMs(status.leaseLeftMs)} of ${humanMs(status.leaseMs)}` : "-",
    maxFormat > format ? `${format} (reads ${maxFormat})` : String(format),
    humanMs(status.uptimeMs),
    "yes",
  ];
}

function shownKind(status: NodeStatus, view: NodeStatus | undefined, paint: Paint): string {
  const kind = kindOf(status, view);
  if (status.role === "leader") return paint("green", kind);
  if (kind === "removed") return paint("red", kind);
  const member = view?.members.find(({ nodeId }) => nodeId === status.nodeId);
  const total = member?.snapshotTotalBytes ?? 0;
  const fetching =
    total === 0 ? "" : `, snapshot ${percent(Math.min(0.99, (member?.snapshotBytes ?? 0) / total))}`;
  const promotes = kind === "learner" && member?.promotes === true ? ", to vote" : "";
  const isPlain = kind === status.role && fetching === "";
  return isPlain ? kind : paint("yellow", `${kind}${promotes}${fetching}`);
}
