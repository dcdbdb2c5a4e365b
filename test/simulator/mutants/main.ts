import { getPriority, setPriority } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { asCommand, typed, UsageError, wholeNumber } from "../run/options.ts";
import { SeedRunner } from "../run/seedRunner.ts";
import type { Summary } from "../run/summary.ts";
import { mutants } from "./all.ts";
import type { Mutant } from "./edits.ts";
import { sumUp, tableOf, type Verdict, Verdicts } from "./verdicts.ts";
import { buildOf, builtIn, Workshop } from "./workshop.ts";

const usage = `npm run sim:mutants -- [options] [name or part of a name]...
  --seeds N      the most that each planted bug is tried with (600)    --from S   the first of them (1)
  --processes P  how many bugs at once (1)
  --results F    verdicts as JSON lines: a run of the same build that was stopped goes on where it was
  --again F      tries only the seed that caught each bug by the verdicts in F: is it caught by that one still?
  --table        ends with the table of docs/verification/mutation-gate.md
A bug is caught when checkers fail in a run. A process that dies or hangs is no catch, unless the bug says that it ends so.
The exit code is 0 when every bug that was asked for is caught.`;

const niceness = 5;
/** Seeds whose process is lost show nothing, and cost up to ten minutes each: after so many a bug is given up. */
const mostLost = 3;
/** From dist/sim/test/simulator/mutants. */
const root = resolve(import.meta.dirname, "../../../../..");

const { values, positionals: names } = typed(() =>
  parseArgs({
    allowPositionals: true,
    options: {
      seeds: { type: "string" },
      from: { type: "string" },
      processes: { type: "string" },
      results: { type: "string" },
      again: { type: "string" },
      table: { type: "boolean" },
      help: { type: "boolean" },
    },
  }),
);

let most = 600;
let from = 1;
let processes = 1;
/** The program as it is, and what it says of seeds. */
const unchanged = new SeedRunner(builtIn(root));
const failsAnyway = new Map<number, boolean>();
let isStopping = false;

if (values.help === true) console.log(usage);
else await asCommand(gate);

async function gate(): Promise<void> {
  most = wholeNumber("seeds", values.seeds, 1) ?? most;
  from = wholeNumber("from", values.from, 0) ?? from;
  processes = wholeNumber("processes", values.processes, 1) ?? processes;
  for (const part of names)
    if (!mutants.some(({ name }) => name.includes(part)))
      throw new UsageError(`no planted bug has "${part}" in its name`);
  process.on("SIGTERM", () => {
    isStopping = true;
  });
  // Hours on end beside whatever else the machine is for.
  setPriority(Math.max(niceness, getPriority()));
  const wanted = mutants.filter(
    ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
  );
  const caught =
    values.again === undefined
      ? await tryAll(wanted, buildOf(root))
      : await tryAgain(wanted, new Verdicts(values.again, null));
  unchanged.stop();
  if (caught < wanted.length) process.exitCode = 1;
}

/** Returns how many are caught. */
async function tryAll(wanted: readonly Mutant[], build: string): Promise<number> {
  const verdicts = new Verdicts(values.results ?? null, build);
  const waiting = wanted.filter(({ name }) => !verdicts.isKnown(name, most));
  await work(waiting, async (workshop, mutant) => {
    const tried = verdicts.of(mutant.name)?.most ?? 0;
    const verdict = { ...(await firstCatch(workshop.seeds, mutant, tried)), build };
    verdicts.add(verdict);
    const caught =
      verdict.seeds === null ? `NOT CAUGHT in ${verdict.most} seeds` : `caught after ${verdict.seeds} seeds`;
    console.log(`${caught}: ${mutant.name}${verdict.how === "" ? "" : `\n    ${verdict.how}`}`);
  });
  const all = wanted.flatMap(({ name }) => verdicts.of(name) ?? []);
  console.log(sumUp(all, wanted.length));
  if (values.table === true) console.log(tableOf(mutants, all));
  for (const { name } of wanted) {
    const verdict = verdicts.of(name);
    if (verdict === undefined) console.log(`NOT TRIED: ${name}`);
    else if (verdict.seeds === null) console.log(`NOT CAUGHT: ${name}`);
  }
  return all.filter(({ seeds }) => seeds !== null).length;
}

/** Quick, after changes to the program: it says nothing of how many seeds it takes. Returns how many are caught. */
async function tryAgain(wanted: readonly Mutant[], verdicts: Verdicts): Promise<number> {
  let caught = 0;
  const tried = new Set<Mutant>();
  const waiting = wanted.filter(({ name }) => typeof verdicts.of(name)?.seeds === "number");
  await work(waiting, async (workshop, mutant) => {
    const { name } = mutant;
    const seed = from + (verdicts.of(name)?.seeds ?? 0) - 1;
    const summary = await workshop.seeds.run(seed);
    // Whoever stops us may have stopped the process that ran it as well: it says nothing.
    if (isStopping) return;
    tried.add(mutant);
    const isCaught = isCatch(mutant, summary) && !(await isNoCatch(seed));
    if (isCaught) caught++;
    const lost = isCaught ? undefined : summary.lost;
    console.log(
      `${isCaught ? "caught" : "NOT CAUGHT"} by seed ${seed}${lost === undefined ? "" : `, which ${lost}`}: ${name}`,
    );
  });
  for (const mutant of wanted) if (!tried.has(mutant)) console.log(`NOT TRIED: ${mutant.name}`);
  console.log(`${caught} of ${wanted.length} planted bugs are caught by the seeds that caught them before`);
  return caught;
}

/** A checker failed, or the process was lost just as this bug is known to lose it. */
function isCatch({ ends }: Mutant, { failure, lost }: Summary): boolean {
  return failure !== null && (lost === undefined || lost === ends);
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
  await Promise.all(Array.from({ length: processes }, one));
}

/** Begins after those that were `tried` before, and ends early when it is told to. */
async function firstCatch(seeds: SeedRunner, mutant: Mutant, tried: number): Promise<Omit<Verdict, "build">> {
  const { name } = mutant;
  let count = tried;
  let how = "";
  for (let lost = 0; count < most && lost < mostLost && !isStopping; ) {
    const seed = from + count;
    const summary = await seeds.run(seed);
    // Whoever stops us may have stopped the process that ran it as well: it says nothing.
    if (isStopping && summary.failure !== null) break;
    count++;
    if (summary.failure === null) continue;
    const { what } = summary.failure;
    if (await isNoCatch(seed)) {
      console.log(`seed ${seed} fails without any planted bug: it does not count`);
    } else if (isCatch(mutant, summary)) {
      return { name, seeds: count, most, how: what };
    } else {
      how = `seed ${seed} ${summary.lost}, which is no catch: ${what}`;
      console.log(`${name}: ${how}`);
      lost++;
    }
  }
  return { name, seeds: null, most: count, how };
}

/** The seed fails without any planted bug as well. */
async function isNoCatch(seed: number): Promise<boolean> {
  const known = failsAnyway.get(seed) ?? (await unchanged.run(seed)).failure !== null;
  failsAnyway.set(seed, known);
  return known;
}
