/**
 * `npm run bench [-- MEASUREMENT... OPTIONS]`: rates, latencies and costs of real nodes on this machine, with client and
 * workers beside them and every write synced on a majority; with `--peers` other systems in turn, in the same run.
 * Compare figures of one run only, for machines and hours differ.
 */
import { statfs } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { measurements, usual } from "./measure/index.ts";
import type { Measurement } from "./measure/measurement.ts";
import type { BenchOptions } from "./options.ts";
import { contenders } from "./peers/index.ts";
import { closeOnSignals, interrupted, place } from "./processes/owned.ts";
import { Progress } from "./report/progress.ts";
import { Report } from "./report/report.ts";
import { table } from "./report/table.ts";
import { write } from "./report/write.ts";

interface Flags extends BenchOptions {
  readonly peers: readonly string[];
  readonly dataDir: string;
}

function number(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function whole(text: string): number {
  const value = number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("It must be a whole number.");
}

function depthOf(text: string): number {
  const value = whole(text);
  if (value > 1_000 && value <= 1_000_000) return value;
  throw new InvalidArgumentError("It must be above 1000, and 1000000 at the most.");
}

const known = measurements.map(({ name }) => name);

const command = new Command("bench")
  .description("measures a cluster of real nodes on this machine, in turn with other systems if asked to")
  .argument(
    "[measurement...]",
    `any of ${known.join(", ")}; none: ${usual.map(({ name }) => name).join(", ")}`,
  )
  .option("--peers <names>", "etcd, rabbitmq, nats, bullmq, with commas", (text) => text.split(","), [])
  .option("--out <folder>", "for JSON and plots", "bench/results")
  .option("--nodes <count>", "servers of each system", whole, 3)
  .option("--rounds <count>", "times that all is measured; medians are reported", whole, 1)
  .option("--seconds <count>", "length of paced runs, and the longest of others", number, 10)
  .option("--jobs <count>", "waiting jobs of `depth`", depthOf, 100_000)
  .option("--kills <count>", "kills of `failover`", whole, 20)
  .option("--payload-bytes <count>", "payload of a job; 4 at least", whole, 256)
  .option(
    "--scale <factor>",
    "multiplies the number of calls; below 1 only to try the bench itself",
    number,
    1,
  )
  .option("--data-dir <folder>", "where servers keep their data meanwhile", place.root)
  .addHelpText(
    "after",
    () => `\n${measurements.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join("\n")}`,
  )
  .parse();

function chosen(names: readonly string[]): readonly Measurement[] {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    command.error(`there is no measurement ${unknown}; there are ${known.join(", ")}`);
  return names.length === 0 ? usual : measurements.filter(({ name }) => names.includes(name));
}

/** Memory that looks like a disk makes every sync free. */
async function warnOfMemoryDisk(folder: string, say: (line: string) => void): Promise<void> {
  const tmpfs = 0x01021994;
  const { type } = await statfs(folder);
  if (type === tmpfs) say(`${folder} is in memory: syncs cost nothing there. Name a disk with --data-dir`);
}

async function run(flags: Flags, chosenOnes: readonly Measurement[]): Promise<void> {
  using progress = new Progress();
  const say = (line: string): void => progress.say(line);
  const { peers, dataDir, ...options } = flags;
  place.root = resolve(dataDir);
  await warnOfMemoryDisk(place.root, say);
  const systems = await contenders(peers, say);
  const report = new Report(say);
  for (const [at, measurement] of chosenOnes.entries()) {
    const doing = (text: string): void => progress.show(at / chosenOnes.length, text);
    await measurement.run({ options, contenders: systems, report, doing });
    for (const line of table(measurement.name, measurement.x, report.of(measurement.name))) say(line);
    await write(report, measurement, options);
  }
  say(`\nfigures and plots are in ${options.out}`);
}

closeOnSignals();
try {
  await run(command.opts<Flags>(), chosen(command.args));
} catch (error) {
  // What was interrupted fails for that reason alone, and the process ends once all is stopped.
  if (!interrupted.aborted) throw error;
}
