import { getPriority, setPriority } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { mutants } from "./all.ts";
import type { Mutant } from "./mutants.ts";
import { SeedRunner } from "./seedRunner.ts";
import { sumUp, tableOf, type Verdict, Verdicts } from "./verdicts.ts";
import { buildOf, Workshop } from "./workshop.ts";

const usage = `npm run sim:mutants -- [options] [name or part of a name]...
  --seeds N      the most that each planted bug is tried with (600)    --from S   the first of them (1)
  --processes P  how many bugs at once (1)
  --results F    verdicts as JSON lines: a run of the same build that was stopped goes on where it was
  --again F      tries only the seed that caught each bug by the verdicts in F: is it caught by that one still?
  --table        ends with the table of docs/verification.md`;

const niceness = 5;
/** From dist/sim/test/simulator/mutants. */
const root = resolve(import.meta.dirname, "../../../../..");

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "600" },
    from: { type: "string", default: "1" },
    processes: { type: "string", default: "1" },
    results: { type: "string" },
    again: { type: "string" },
    table: { type: "boolean" },
    help: { type: "boolean" },
  },
});

const most = Number(values.seeds);
const from = Number(values.from);
/** The program as it is, and what it says of seeds. */
const unchanged = new SeedRunner(root);
const failsAnyway = new Map<number, boolean>();
let isStopping = false;

if (values.help === true) console.log(usage);
else {
  process.on("SIGTERM", () => {
    isStopping = true;
  });
  // Hours on end beside whatever else the machine is for.
  setPriority(Math.max(niceness, getPriority()));
  const wanted = mutants.filter(
    ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
  );
  if (values.again === undefined) await tryAll(wanted, buildOf(root));
  else await tryAgain(wanted, new Verdicts(values.again, null));
  unchanged.stop();
}

async function tryAll(wanted: readonly Mutant[], build: string): Promise<void> {
  const verdicts = new Verdicts(values.results ?? null, build);
  const waiting = wanted.filter(({ name }) => !verdicts.isKnown(name, most));
  await work(waiting, async (workshop, mutant) => {
    const { name } = mutant;
    const verdict = { ...(await firstCatch(workshop.seeds, name, verdicts.of(name)?.most ?? 0)), build };
    verdicts.add(verdict);
    const caught =
      verdict.seeds === null ? `NOT CAUGHT in ${verdict.most} seeds` : `caught after ${verdict.seeds} seeds`;
    console.log(`${caught}: ${mutant.name}${verdict.how === "" ? "" : `\n    ${verdict.how}`}`);
  });
  const all = wanted.flatMap(({ name }) => verdicts.of(name) ?? []);
  console.log(sumUp(all));
  if (values.table === true) console.log(tableOf(mutants, all));
  const missed = all.filter((verdict) => verdict.seeds === null);
  for (const { name } of missed) console.log(`NOT CAUGHT: ${name}`);
  if (missed.length > 0 || wanted.length === 0) process.exitCode = 1;
}

/** Quick, after changes to the program: it says nothing of how many seeds it takes. */
async function tryAgain(wanted: readonly Mutant[], verdicts: Verdicts): Promise<void> {
  let caught = 0;
  const waiting = wanted.filter(({ name }) => typeof verdicts.of(name)?.seeds === "number");
  const count = waiting.length;
  await work(waiting, async (workshop, { name }) => {
    const seed = from + (verdicts.of(name)?.seeds ?? 0) - 1;
    const isCaught = (await workshop.seeds.run(seed)) !== null && !(await isNoCatch(seed));
    // Whoever stops us may have stopped the process that ran it as well: it says nothing.
    if (isStopping) return;
    if (isCaught) caught++;
    console.log(`${isCaught ? "caught" : "NOT CAUGHT"} by seed ${seed}: ${name}`);
  });
  console.log(`${caught} of ${count} planted bugs are caught by the seeds that caught them before`);
  if (caught < count || count === 0) process.exitCode = 1;
}

/** Builds and tries one mutant after the other. */
async function work(
  mutants: readonly Mutant[],
  look: (workshop: Workshop, mutant: Mutant) => Promise<void>,
): Promise<void> {
  const waiting = [...mutants];
  const one = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const workshop = new Workshop(root);
    try {
      for (let mutant = waiting.shift(); mutant !== undefined && !isStopping; mutant = waiting.shift()) {
        workshop.build(mutant);
        await look(workshop, mutant);
      }
    } finally {
      workshop.close();
    }
  };
  await Promise.all(Array.from({ length: Number(values.processes) }, one));
}

/** Begins after those that were `tried` before, and ends early when it is told to. */
async function firstCatch(seeds: SeedRunner, name: string, tried: number): Promise<Omit<Verdict, "build">> {
  let count = tried;
  while (count < most && !isStopping) {
    const seed = from + count;
    const how = await seeds.run(seed);
    // Whoever stops us may have stopped the process that ran it as well: it says nothing.
    if (isStopping && how !== null) break;
    count++;
    if (how === null) continue;
    if (!(await isNoCatch(seed))) return { name, seeds: count, most, how };
    console.log(`seed ${seed} fails without any planted bug: it does not count`);
  }
  return { name, seeds: null, most: count, how: "" };
}

/** The seed fails without any planted bug as well. */
async function isNoCatch(seed: number): Promise<boolean> {
  const known = failsAnyway.get(seed) ?? (await unchanged.run(seed)) !== null;
  failsAnyway.set(seed, known);
  return known;
}
