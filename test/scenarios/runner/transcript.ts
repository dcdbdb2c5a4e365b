/**
 * The text of a scenario: a heading of `#` lines, then commands (`> campaign n2`), each followed by what came of
 * it, indented. Everything else (blank lines, further `#` lines) is prose and stays as it is.
 */
export interface Command {
  /** 1-based, for messages about the file. */
  readonly line: number;
  readonly words: readonly string[];
}

type Part =
  | { readonly type: "prose"; readonly text: string }
  | { readonly type: "command"; readonly text: string; readonly command: Command };

const indent = "  ";
const shownOnFailure = 30;

/** The part of the file that is written by hand. */
export class Transcript {
  readonly title: string;
  readonly #parts: readonly Part[];

  constructor(text: string) {
    this.#parts = parse(text);
    const first = this.#parts[0];
    if (first?.type !== "prose" || !first.text.startsWith("# ")) {
      throw new Error("a scenario begins with a heading: # What is shown, and where the paper says it");
    }
    if (!first.text.endsWith("."))
      throw new Error("the first line of the heading is a sentence: it is the title");
    this.title = first.text.slice(2);
  }

  /** The whole file again, with the output that `run` gives for each command in turn. */
  replay(run: (command: Command) => readonly string[]): string {
    const lines: string[] = [];
    for (const part of this.#parts) {
      lines.push(part.text);
      if (part.type !== "command") continue;
      try {
        for (const output of run(part.command)) lines.push(`${indent}${output}`.trimEnd());
      } catch (error) {
        const story = lines.slice(-shownOnFailure).join("\n");
        const what = error instanceof Error ? error.message : String(error);
        throw new Error(`${what}\n\nup to there:\n${story}`, { cause: error });
      }
    }
    return `${lines.join("\n")}\n`;
  }
}

function parse(text: string): readonly Part[] {
  const parts: Part[] = [];
  text
    .trimEnd()
    .split("\n")
    .forEach((line, i) => {
      if (line.startsWith("> ")) {
        const words = line
          .slice(2)
          .split(" ")
          .filter((word) => word !== "");
        parts.push({ type: "command", text: line, command: { line: i + 1, words } });
      } else if (line === "" || line.startsWith("#")) {
        parts.push({ type: "prose", text: line });
      } else if (!line.startsWith(indent)) {
        throw new Error(`line ${i + 1} is no command (> ...), no prose (# ...) and no output: ${line}`);
      }
    });
  return parts;
}
