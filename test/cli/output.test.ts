import { describe, expect, test } from "vitest";
import { LogFormatter } from "../../src/cli/dev/formatLog.ts";
import { printableBytes } from "../../src/cli/job/printableBytes.ts";
import { ansi, paintFor, plain } from "../../src/cli/output/paint.ts";
import { humanMs, humanTime, printAnswer } from "../../src/cli/output/print.ts";
import { oneLine, renderTable } from "../../src/cli/output/table.ts";

describe("tables", () => {
  test("columns are aligned, numbers to the right, no trailing blanks", () => {
    const columns = [{ title: "NAME" }, { title: "COUNT", align: "right" as const }, { title: "NOTE" }];
    const rows = [
      ["a", "1", ""],
      ["longer", "12345678", "x"],
    ];
    expect(renderTable(columns, rows)).toBe(
      ["NAME       COUNT  NOTE", "a              1", "longer  12345678  x", ""].join("\n"),
    );
  });

  test("colours take no room, and wide titles set the width", () => {
    const text = renderTable(
      [{ title: "ROLE" }, { title: "X" }],
      [
        [ansi("green", "a"), "1"],
        ["b", "2"],
      ],
    );
    expect(text).toBe("ROLE  X\n\u001b[32ma\u001b[0m     1\nb     2\n");
  });

  // Put it in: table.ts: `Math.max(...` of the widths of all lines.
  test("of any length", () => {
    // The stack of a test is larger than that of a process, where 125,000 are too many.
    const rows = Array.from({ length: 600_000 }, () => ["a"]);
    expect(renderTable([{ title: "X" }], [...rows, ["last"]])).toMatch(/a\nlast\n$/);
  });

  test("cells stay on their line and send nothing to the terminal", () => {
    expect(oneLine("a\nb\tc")).toBe("a b c");
    expect(oneLine("\u001b[2J\u001b]0;title\u0007gone")).toBe(" [2J ]0;title gone");
    expect(oneLine(ansi("red", "kept"))).toBe("\u001b[31mkept\u001b[0m");
  });
});

describe("forms of an answer", () => {
  const answer = { json: { a: 1, b: undefined }, columns: [{ title: "A" }], rows: [["1"]], note: "one" };
  const written = (format: "table" | "json", isTTY: boolean): string => {
    let text = "";
    const stdout = { write: (piece: string) => void (text += piece), isTTY };
    printAnswer({ stdin: nothing(), stdout, stderr: stdout, env: {} }, format, answer);
    return text;
  };

  test("json is one line, with null for what does not apply", () => {
    expect(written("json", false)).toBe('{"a":1,"b":null}\n');
    expect(written("json", true)).toBe('{\n  "a": 1,\n  "b": null\n}\n');
  });

  test("table has its note behind it", () => {
    expect(written("table", false)).toBe("A\n1\none\n");
  });
});

test.each([
  [0, "0ms"],
  [999.4, "999ms"],
  [1500, "1.5s"],
  [200_000, "3m20s"],
  [18_600_000, "5h10m"],
  [183_600_000, "2d3h"],
])("%d ms reads %s", (ms, text) => {
  expect(humanMs(ms)).toBe(text);
});

test("times and bytes for eyes", () => {
  expect(humanTime(0)).toBe("-");
  expect(humanTime(1_000)).toBe("1970-01-01T00:00:01.000Z");
  expect(printableBytes(Buffer.from("é"))).toEqual({ text: "é" });
  expect(printableBytes(Uint8Array.of(0xff, 0x00))).toEqual({ base64: "/wA=" });
});

test("colours only on a terminal, and not under NO_COLOR", () => {
  const sink = (isTTY: boolean) => ({ write: () => true, isTTY });
  expect(paintFor(sink(true), {})).toBe(ansi);
  expect(paintFor(sink(true), { NO_COLOR: "" })).toBe(ansi);
  expect(paintFor(sink(true), { NO_COLOR: "1" })).toBe(plain);
  expect(paintFor(sink(true), { TERM: "dumb" })).toBe(plain);
  expect(paintFor(sink(false), {})).toBe(plain);
});

describe("merged logs", () => {
  const formatter = new LogFormatter(["n1", "n10"], plain);

  test("a record reads as time, level, message and fields", () => {
    const line = JSON.stringify({
      level: 40,
      time: 1250,
      pid: 7,
      node: "n1",
      msg: "slow disk",
      ms: 12,
      why: "a b",
    });
    expect(formatter.format("n1", line)).toBe('n1  | 00:00:01.250 WARN  slow disk ms=12 why="a b"');
  });

  test("errors are one line, odd levels and times do no harm", () => {
    const err = { type: "ConclaveError", message: "disk\nfull", stack: "long" };
    const line = JSON.stringify({ level: 55, time: "never", msg: "ends", err });
    expect(formatter.format("n10", line)).toBe("n10 | --:--:--.--- ERROR ends err=ConclaveError: disk full");
  });

  test("what is no record comes through", () => {
    expect(formatter.format("n1", "plain \u001b[2J text")).toBe("n1  | plain  [2J text");
    expect(formatter.format("n1", "{broken")).toBe("n1  | {broken");
  });
});

async function* nothing(): AsyncGenerator<Uint8Array> {}
