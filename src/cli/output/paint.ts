import type { CliIo, TextSink } from "../io.ts";

const codes = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, gray: 90, bold: 1 } as const;

export type Colour = keyof typeof codes;
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;

/** SGR codes by hand: `util.styleText` decides for itself, and differently from one Node version to the next. */
export const ansi: Paint = (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;

/** Colours only on a terminal, and not under NO_COLOR (https://no-color.org: set to anything but empty). */
export function paintFor(sink: TextSink, env: CliIo["env"]): Paint {
  return sink.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb" ? ansi : plain;
}
