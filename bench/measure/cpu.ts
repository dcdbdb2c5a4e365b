import type { Ran } from "../load/callers.ts";
import type { System } from "../peers/system.ts";
import { usageOf } from "../processes/usage.ts";

/** What `run` cost: ms of CPU in all servers together (undefined where /proc is missing) and in this process. */
export async function withCpu(
  system: System,
  run: () => Promise<Ran>,
): Promise<{ readonly ran: Ran; readonly serverMs: number | undefined; readonly clientMs: number }> {
  const before = await usageOf(system.groups());
  const clientBefore = process.cpuUsage();
  const ran = await run();
  const { user, system: kernel } = process.cpuUsage(clientBefore);
  const after = await usageOf(system.groups());
  const serverMs =
    before === undefined || after === undefined ? undefined : (after.cpuSeconds - before.cpuSeconds) * 1000;
  return { ran, serverMs, clientMs: (user + kernel) / 1000 };
}
