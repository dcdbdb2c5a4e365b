import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** Who may import whom (docs/architecture.md); every folder may import itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  raft: ["base"],
  machine: ["base"],
  wire: [],
  codec: ["base", "wire", "raft", "machine", "node", "generated"],
  storage: ["base", "raft", "machine", "codec"],
  transport: ["base", "raft", "machine", "codec"],
  node: ["base", "raft", "machine"],
  // Offline work on data directories.
  disaster: ["base", "raft", "machine", "codec", "node", "storage", "generated"],
  api: ["base", "machine", "node", "codec", "generated"],
  client: ["base", "wire", "generated"],
  duties: ["base", "client", "generated"],
  calendar: ["base"],
  cli: ["base", "client", "duties", "calendar"],
  // A cluster in the process, for tests of users: composed like main.ts, of less.
  testing: ["calendar", "base", "raft", "machine", "codec", "node", "api", "client", "duties"],
  generated: ["generated"],
};
/** Composition: these files see everything. */
const composition = new Set(["main.ts", "bin.ts", "compose"]);
/** `codec` gives bytes to the types of `node` but never runs it; nor does `disaster`; `cli` describes duties. */
const typesOnly = new Set([
  "cli -> duties",
  "duties -> generated",
  "codec -> node",
  "disaster -> node",
  "disaster -> raft",
  "disaster -> generated",
]);

function filesUnder(folder: string, name = /\.ts$/): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): { readonly target: string; readonly typeOnly: boolean }[] {
  const text = readFileSync(join(root, file), "utf8");
  const pattern = /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^;"']*?from\s+["'](\.[^"']+)["']/g;
  const bare = /(?:^|\n)\s*import\s+["'](\.[^"']+)["']|import\(\s*["'](\.[^"']+)["']\s*\)/g;
  const found = [...text.matchAll(pattern)].map((m) => ({
    target: m[2] ?? "",
    typeOnly: m[1] !== undefined,
  }));
  for (const m of text.matchAll(bare)) found.push({ target: m[1] ?? m[2] ?? "", typeOnly: false });
  return found;
}

const sources = filesUnder("src").filter((file) => !file.startsWith("src/generated/"));
const authored = [...sources, ...filesUnder("test"), ...filesUnder("bench")];

describe("the house is in order", () => {
  test("imports go only where the table allows", () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const [, folder = "", ...rest] = file.split("/");
      if (composition.has(folder)) continue;
      if (rest.length === 0) {
        wrong.push(`${file}: only main.ts and bin.ts stand directly in src/`);
        continue;
      }
      for (const { target, typeOnly } of importsOf(file)) {
        const path = relative(root, resolve(root, file, "..", target));
        const [, other = ""] = path.split("/");
        const rule = `${folder} -> ${other}`;
        if (other === folder) continue;
        if (mayImport[folder]?.includes(other) !== true) wrong.push(`${file} imports ${path}: ${rule}`);
        else if (typesOnly.has(rule) && !typeOnly) wrong.push(`${file} imports ${path}: types only`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("the table names every folder of src", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    const named = [...Object.keys(mayImport), "compose"];
    expect(folders.sort()).toEqual(named.sort());
  });

  test("the pure folders use no Node API, clock, timer or global randomness", () => {
    const impure =
      /\bfrom "node:|\bDate\b|Math\.random|\bset(?:Timeout|Interval|Immediate)\b|\bperformance\b|\bprocess\./;
    const wrong = sources
      .filter((file) => /^src\/(?:base|raft|machine)\//.test(file))
      .filter((file) => impure.test(withoutComments(readFileSync(join(root, file), "utf8"))));
    expect(wrong).toEqual([]);
  });

  test("no file is over 400 lines, and the median of src is under 120", () => {
    const lines = (file: string): number => readFileSync(join(root, file), "utf8").split("\n").length - 1;
    const others = [
      ...filesUnder("proto", /./),
      ...filesUnder("docs", /\.md$/),
      ...filesUnder("cluster", /./),
    ];
    expect([...authored, ...others, "README.md"].filter((file) => lines(file) > 400)).toEqual([]);
    const sizes = sources.map(lines).sort((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThan(120);
  });

  test("nothing is left behind", () => {
    const leftovers =
      /\b(?:TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-expect-error|:\s*any\s*[;,)=|&\]>]|\bas any\b/;
    const here = relative(root, import.meta.filename);
    const wrong = authored.filter(
      (file) => file !== here && leftovers.test(readFileSync(join(root, file), "utf8")),
    );
    expect(wrong).toEqual([]);
  });

  test("no test is focused, skipped or put off", () => {
    const pattern = /\b(?:it|test|describe)\.(?:only|skip|todo)\b/;
    const here = relative(root, import.meta.filename);
    const wrong = filesUnder("test").filter(
      (file) => file !== here && pattern.test(readFileSync(join(root, file), "utf8")),
    );
    expect(wrong).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
}
