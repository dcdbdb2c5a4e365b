import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { fields, flagOf, variableOf } from "../../src/cli/config/fields.ts";
import { exitCodeMeanings, exitCodes } from "../../src/cli/exitCodes.ts";
import { processIo } from "../../src/cli/io.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { noTools } from "./fakeIo.ts";

const docs = ["cli.md", "cli/nodes.md"]
  .map((file) => readFileSync(resolve(import.meta.dirname, "../../docs", file), "utf8"))
  .join("\n");
const program = await buildProgram({
  ...noTools,
  io: processIo,
  startNode: () => Promise.reject(new Error("not here")),
  binPath: "",
  version: "0.0.0",
  exitCode: 0,
});

/** All commands but the root, the hidden ones and commander's own `help`. */
function commandsBelow(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((below) => below.name() !== "help")
    .flatMap((below) => [below, ...commandsBelow(below)]);
}

test("docs/cli.md has the table of exit codes, word by word", () => {
  const rows = Object.entries(exitCodes).map(
    ([name, code]) => `| ${code} | ${name} | ${exitCodeMeanings[name as keyof typeof exitCodes]} |`,
  );
  expect(docs).toContain(rows.join("\n"));
  const documented = [...docs.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  expect(documented).toEqual(Object.values(exitCodes));
});

test("docs/cli.md and docs/cli/nodes.md name every command and every flag", () => {
  const missing = commandsBelow(program).flatMap((command) => {
    const names = [command.name(), ...command.options.map((option) => option.long ?? option.short ?? "")];
    return names.filter((name) => !new RegExp(`(?:^|[\\s\`])${name}(?![\\w-])`, "m").test(docs));
  });
  expect(missing).toEqual([]);
});

test("docs/cli/nodes.md has each setting of a node with its flag and variable", () => {
  const missing = fields.filter(
    ({ key }) => !docs.includes(`| \`${key}\` | \`${flagOf(key)}\` | \`${variableOf(key)}\` |`),
  );
  expect(missing).toEqual([]);
});
