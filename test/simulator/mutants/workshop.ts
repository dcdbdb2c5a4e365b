import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeedRunner } from "../run/seedRunner.ts";
import type { Mutant } from "./edits.ts";

const sources = ["src", "proto", "test/simulator", "test/support"];
/** What is built goes along, so that only what a planted bug changes is built anew. */
const copied = [...sources, "package.json", "tsconfig.json", "dist/sim", "dist/.sim.tsbuildinfo"];

/** Where a folder of sources has what is built of them. */
export function builtIn(folder: string): string {
  return join(folder, "dist/sim");
}

/** A copy of the program for bugs to be planted in, one after the other: the real sources are never touched. */
export class Workshop {
  readonly folder: string;
  readonly seeds: SeedRunner;

  constructor(root: string) {
    this.folder = mkdtempSync(join(tmpdir(), "conclave-mutants-"));
    this.seeds = new SeedRunner(builtIn(this.folder));
    for (const each of copied) cpSync(join(root, each), join(this.folder, each), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Builds the program with this bug, and without those before. */
  build(mutant: Mutant): void {
    this.seeds.stop();
    const originals = this.#plant(mutant);
    // What a planted bug leaves unused is no reason to stop: only the text of the program is wanted.
    const options = ["-p", "test/simulator/tsconfig.build.json", "--noCheck"];
    execFileSync("node_modules/.bin/tsc", options, { cwd: this.folder });
    for (const [path, text] of originals) writeFileSync(path, text);
  }

  close(): void {
    this.seeds.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Gives back what the files held before. */
  #plant({ name, edits }: Mutant): ReadonlyMap<string, string> {
    const originals = new Map<string, string>();
    for (const { file, from: before, to: after } of edits) {
      const path = join(this.folder, "src", file);
      const text = readFileSync(path, "utf8");
      if (!originals.has(path)) originals.set(path, text);
      const parts = text.split(before);
      if (parts.length !== 2)
        throw new Error(`${name}: ${file} has the text ${parts.length - 1} times, not once:\n${before}`);
      writeFileSync(path, parts.join(after));
    }
    return originals;
  }
}

/** The last commit that changed what is run; with a plus when something has been changed since. */
export function buildOf(root: string): string {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", [...args, "--", ...sources], { cwd: root, encoding: "utf8" }).trim();
  return `${git("log", "-1", "--format=%h")}${git("status", "--porcelain") === "" ? "" : "+"}`;
}
