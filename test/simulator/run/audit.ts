import type { World } from "../cluster/world.ts";
import { membersOf } from "./demands.ts";

export function audit(world: World): void {
  const { machineChecker, oracle, coverage, raftChecker } = world;
  machineChecker.checkAll();
  for (const member of membersOf(world)) {
    const machine = member.life?.running?.machine;
    if (machine === undefined) continue;
    machineChecker.checkAll(machine);
    oracle.audit(member.id, (id) => machine.job(id));
  }
  oracle.checkLinearizability();
  checkFormat(world);
  coverage.count("run", "entries committed", raftChecker.committed.length);
  coverage.count("run", "jobs acknowledged", oracle.acknowledged);
}

/**
 * A cluster that is about to be lost, in the midst of its work: nothing has to be over, but all that clients were told must hold
 * by the log that is committed, and every node that has come as far must hold the same.
 */
export function auditBeforeLoss(world: World): void {
  const { machineChecker, oracle, coverage, members, base } = world;
  machineChecker.checkAll();
  for (const { life, isStranger } of members) {
    const machine = life?.running?.machine;
    if (machine === undefined || isStranger) continue;
    const isLevel = machine.appliedIndex - base === machineChecker.hashes.length - 1;
    coverage.count("audit before a loss", isLevel ? "of a node that was level" : "of a node that lagged");
    if (isLevel) machineChecker.checkAll(machine);
  }
  oracle.audit("the log", (id) => machineChecker.machine.job(id), false);
  oracle.checkLinearizability();
}

/** Once all members have been heard the leader writes the newest format that all of them read. */
function checkFormat(world: World): void {
  const format = world.leader?.node?.status().format;
  const readable = Math.min(...membersOf(world).map(({ release }) => release.formats.max));
  world.coverage.count("release", `the cluster writes format ${format}`);
  if (format !== readable) world.fail(`the leader writes format ${format}, all members read ${readable}`);
}
