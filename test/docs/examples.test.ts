import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** Each page's examples are compiled and run as they stand there: a test file has them line by line. */
const pages = {
  "README.md": "readme.test.ts",
  "docs/duties.md": "duties.test.ts",
  "docs/sdk.md": "sdk.test.ts",
  "docs/testing.md": "testing.test.ts",
} as const;

const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

const isImport = (line: string): boolean => line.startsWith("import ");

/** `module: name` for each name that is imported by a line of its own. */
const imported = (text: readonly string[]): string[] =>
  text.flatMap((line) => {
    const [, names = "", module = ""] = /^import \{ (.*) \} from "(.*)";$/.exec(line) ?? [];
    return names.split(", ").map((name) => `${module}: ${name}`);
  });

test.each(Object.entries(pages))("the examples of %s are those of test/docs/%s", (page, file) => {
  const run = lines(readFileSync(join(import.meta.dirname, file), "utf8"));
  const whole = run.join("\n");
  const blocks = [...readFileSync(join(root, page), "utf8").matchAll(/^```ts\n(.*?)^```$/gms)];
  expect(blocks.length).toBeGreaterThan(0);
  for (const [, block = ""] of blocks) {
    const shown = lines(block);
    for (const name of imported(shown.filter(isImport)))
      expect(imported(run.filter(isImport))).toContain(name);
    expect(whole).toContain(shown.filter((line) => !isImport(line)).join("\n"));
  }
});
