import { type Answer, humanTime } from "../output/print.ts";
import type { DisasterReport, Inspection } from "./types.ts";

/** What a restore or a recovery has made. */
export function reportAnswer(report: DisasterReport, note: string, more: readonly string[][] = []): Answer {
  return {
    json: report,
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: [
      ["node", report.nodeId],
      ["cluster", report.clusterId],
      ["made of", report.formerClusterId],
      ["voters", report.members.join(", ")],
      ["last old entry", `${report.formerIndex}, of ${humanTime(report.logTime)}`],
      ["begins after", String(report.index)],
      ["jobs", String(report.jobs)],
      ...more,
    ],
    note,
  };
}

export function inspectionAnswer(found: Inspection): Answer {
  return {
    json: found,
    columns: [{ title: "FIELD" }, { title: "VALUE" }],
    rows: [
      ["node", found.nodeId],
      ["cluster", `${found.clusterId} (${found.clusterName})`],
      ["standing", found.standing],
      ["members", found.members.join(", ")],
      ["last entry", `term ${found.lastEntry.term}, index ${found.lastEntry.index}`],
      ["checkpoint", `through index ${found.appliedIndex}`],
      ["jobs", `${found.jobs} as of the checkpoint`],
    ],
    note:
      "Of the nodes that are left, recover the one whose last entry has the highest term and, of equal terms, the highest " +
      "index.",
  };
}
