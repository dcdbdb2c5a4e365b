import { readdir, readFile } from "node:fs/promises";
import { sum } from "../load/stats.ts";

/** What the processes of some process groups have used so far. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** Of it, what is no file: the database's tables are mapped into memory, and leave it when others need it. */
  readonly anonymousBytes: number;
  /** Sent to the disk so far. */
  readonly writtenBytes: number;
}

/** Linux counts CPU time in these units for every program, whatever the kernel's own clock. */
const ticksPerSecond = 100;
const pageBytes = 4096;

/** Undefined where there is no /proc. Each server leads a process group of its own. */
export async function usageOf(groups: readonly number[]): Promise<Usage | undefined> {
  if (process.platform !== "linux") return undefined;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => usageOfProcess(pid, groups)));
  const found = all.filter((usage) => usage !== undefined);
  return {
    cpuSeconds: sum(found.map(({ cpuSeconds }) => cpuSeconds)),
    rssBytes: sum(found.map(({ rssBytes }) => rssBytes)),
    anonymousBytes: sum(found.map(({ anonymousBytes }) => anonymousBytes)),
    writtenBytes: sum(found.map(({ writtenBytes }) => writtenBytes)),
  };
}

/** Undefined for one of another group, and for one that has ended meanwhile. */
async function usageOfProcess(pid: string, groups: readonly number[]): Promise<Usage | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name of the program stands in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (at: number): number => Number(fields[at - 3]);
  if (stat === "" || !groups.includes(field(5))) return undefined;
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const io = await readFile(`/proc/${pid}/io`, "utf8").catch(() => "");
  // Its own, and that of children which have ended: Redis writes its files by such.
  const ticks = field(14) + field(15) + field(16) + field(17);
  return {
    cpuSeconds: ticks / ticksPerSecond,
    rssBytes: field(24) * pageBytes,
    anonymousBytes: Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024,
    writtenBytes: Number(/^write_bytes: (\d+)$/m.exec(io)?.[1] ?? 0),
  };
}
