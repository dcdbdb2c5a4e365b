import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { mutants } from "./all.ts";
import type { Mutant } from "./mutants.ts";
import { sumUp, tableOf, type Verdict, Verdicts } from "./verdicts.ts";

const usage = `npm run sim:mutants -- [options] [name or part of a name]...
  --seeds N      the most that each planted bug is tried with (600)    --from S   the first of them (1)
  --processes P  how many bugs at once (1)
  --results F    verdicts as JSON lines: those in it are not tried again, so a run that was stopped goes on
  --table        ends with the table of docs/verification.md`;

const niceness = 10;
/** From dist/sim/test/simulator/mutants. */
const root = resolve(import.meta.dirname, "../../../../..");
const copied = ["src", "proto", "package.json", "tsconfig.json", "test/simulator", "test/support"];

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "600" },
    from: { type: "string", default: "1" },
    processes: { type: "string", default: "1" },
    results: { type: "string" },
    table: { type: "boolean" },
    help: { type: "boolean" },
  },
});

const seeds = Number(values.seeds);
const from = Number(values.from);
/** Seeds of the program as it is, and whether they fail. */
const failing = new Map<number, boolean>();
const verdicts = new Verdicts(values.results ?? null);
if (values.help === true) console.log(usage);
else await tryAll();

async function tryAll(): Promise<void> {
  // Hours on end beside whatever else the machine is for.
  setPriority(niceness);
  const wanted = mutants.filter(
    ({ name }) => names.length === 0 || names.some((part) => name.includes(part)),
  );
  const waiting = wanted.filter(({ name }) => !verdicts.isKnown(name, seeds));
  await Promise.all(Array.from({ length: Number(values.processes) }, () => work(waiting)));
  const all = wanted.flatMap(({ name }) => verdicts.of(name) ?? []);
  console.log(sumUp(all));
  if (values.table === true) console.log(tableOf(all));
  const missed = all.filter((verdict) => verdict.seeds === null);
  for (const { name } of missed) console.log(`NOT CAUGHT: ${name}`);
  if (missed.length > 0 || wanted.length === 0) process.exitCode = 1;
}

/** Tries one mutant after the other in a copy of the sources: the real ones are never touched. */
async function work(waiting: Mutant[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "conclave-mutants-"));
  try {
    for (const each of copied) cpSync(join(root, each), join(folder, each), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    cpSync(join(root, "proto"), join(folder, "dist/sim/proto"), { recursive: true });
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const verdict = await tryMutant(folder, mutant);
      verdicts.add(verdict);
      const caught = verdict.seeds === null ? "NOT CAUGHT" : `caught after ${verdict.seeds} seeds`;
      console.log(`${caught}: ${mutant.name}${verdict.how === "" ? "" : `\n    ${verdict.how}`}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryMutant(folder: string, mutant: Mutant): Promise<Verdict> {
  const { name } = mutant;
  const originals = plant(folder, mutant);
  // What a planted bug leaves unused is no reason to stop: only the text of the program is wanted.
  await run(folder, "node_modules/.bin/tsc", ["-p", "test/simulator/tsconfig.build.json", "--noCheck"]);
  for (const [path, text] of originals) writeFileSync(path, text);
  for (let seed = from; ; ) {
    const output = await runSeeds(folder, seed, from + seeds - seed);
    const found = /^seed (\S+) failed: (.*)$/m.exec(output);
    if (found === null)
      return { name, seeds: null, most: seeds, how: /^\d+ seeds/m.test(output) ? "" : output.slice(-2_000) };
    const failed = Number(found[1]);
    if (!(await failsAnyway(failed)))
      return { name, seeds: failed - from + 1, most: seeds, how: found[2] ?? "" };
    console.log(`seed ${failed} fails without any planted bug: it does not count`);
    seed = failed + 1;
  }
}

/** What the program as it is says of a seed. */
async function failsAnyway(seed: number): Promise<boolean> {
  const known = failing.get(seed) ?? /^seed \S+ failed/m.test(await runSeeds(root, seed, 1));
  failing.set(seed, known);
  return known;
}

function runSeeds(folder: string, first: number, count: number): Promise<string> {
  const options = ["--seeds", String(count), "--from", String(first), "--processes", "1", "--no-coverage"];
  return run(folder, process.execPath, ["dist/sim/test/simulator/main.js", ...options]);
}

/** Gives back what the files held before. */
function plant(folder: string, { name, edits }: Mutant): ReadonlyMap<string, string> {
  const originals = new Map<string, string>();
  for (const { file, from: before, to: after } of edits) {
    const path = join(folder, "src", file);
    const text = readFileSync(path, "utf8");
    if (!originals.has(path)) originals.set(path, text);
    const parts = text.split(before);
    if (parts.length !== 2)
      throw new Error(`${name}: ${file} has the text ${parts.length - 1} times, not once:\n${before}`);
    writeFileSync(path, parts.join(after));
  }
  return originals;
}

function run(cwd: string, program: string, args: readonly string[]): Promise<string> {
  return new Promise((done, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", () => done(output));
  });
}
