import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { driverMutants, machineMutants } from "./machineMutants.ts";
import { memberMutants } from "./memberMutants.ts";
import { type Mutant, raftMutants } from "./mutants.ts";

/** From dist/sim/test/simulator/mutants. */
const root = resolve(import.meta.dirname, "../../../../..");
const copied = ["src", "proto", "package.json", "tsconfig.json", "test/simulator", "test/support"];

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string" },
    only: { type: "string" },
    skip: { type: "string" },
    processes: { type: "string" },
  },
});

interface Verdict {
  readonly mutant: Mutant;
  /** Seeds until it was caught; null when none did. */
  readonly seeds: number | null;
  readonly how: string;
}

const all = [...raftMutants, ...machineMutants, ...driverMutants, ...memberMutants].filter(({ name }) =>
  name.includes(values.only ?? ""),
);
const waiting = all.slice(Number(values.skip ?? 0));
const tried = waiting.length;
const verdicts: Verdict[] = [];
const seeds = Number(values.seeds ?? 600);
const from = Number(values.from ?? 1);
await Promise.all(Array.from({ length: Number(values.processes ?? availableParallelism()) }, work));
report();

/** Tries one mutant after the other in a copy of the sources: the real ones are never touched. */
async function work(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "conclave-mutants-"));
  try {
    for (const each of copied) cpSync(join(root, each), join(folder, each), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    cpSync(join(root, "proto"), join(folder, "dist/sim/proto"), { recursive: true });
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const verdict = await tryMutant(folder, mutant);
      verdicts.push(verdict);
      const caught = verdict.seeds === null ? "NOT CAUGHT" : `caught after ${verdict.seeds} seeds`;
      console.log(`${caught}: ${mutant.name}${verdict.how === "" ? "" : `\n    ${verdict.how}`}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryMutant(folder: string, mutant: Mutant): Promise<Verdict> {
  const originals = new Map<string, string>();
  for (const { file, from: before, to: after } of mutant.edits) {
    const path = join(folder, "src", file);
    const text = readFileSync(path, "utf8");
    if (!originals.has(path)) originals.set(path, text);
    const parts = text.split(before);
    if (parts.length !== 2)
      throw new Error(`${mutant.name}: ${file} has the text ${parts.length - 1} times, not once:\n${before}`);
    writeFileSync(path, parts.join(after));
  }
  // What a planted bug leaves unused is no reason to stop: only the text of the program is wanted.
  await run(folder, "node_modules/.bin/tsc", ["-p", "test/simulator/tsconfig.build.json", "--noCheck"]);
  const program = "dist/sim/test/simulator/main.js";
  const output = await run(folder, process.execPath, [
    program,
    "--seeds",
    String(seeds),
    "--from",
    String(from),
    "--processes",
    "1",
    "--no-coverage",
  ]);
  for (const [path, text] of originals) writeFileSync(path, text);
  const found = /^seed (\S+) failed: (.*)$/m.exec(output);
  if (found !== null) return { mutant, seeds: Number(found[1]) - from + 1, how: found[2] ?? "" };
  return { mutant, seeds: null, how: /^\d+ seeds/m.test(output) ? "" : output.slice(-2_000) };
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

function report(): void {
  const missed = verdicts.filter((verdict) => verdict.seeds === null);
  const caught = verdicts
    .flatMap((verdict) => (verdict.seeds === null ? [] : [verdict.seeds]))
    .sort((a, b) => a - b);
  console.log(
    `${caught.length} of ${tried} planted bugs caught; seeds to the first catch: median ${caught[caught.length >> 1] ?? "-"}, most ${caught.at(-1) ?? "-"}`,
  );
  for (const { mutant } of missed) console.log(`NOT CAUGHT: ${mutant.name}`);
  if (missed.length > 0) process.exitCode = 1;
}
