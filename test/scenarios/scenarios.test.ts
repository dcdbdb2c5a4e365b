import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Scenario } from "./runner/scenario.ts";
import { Transcript } from "./runner/transcript.ts";

const folder = import.meta.dirname;
/** `CONCLAVE_REWRITE=1 npx vitest run test/scenarios` writes what came out into the files, to be read in the diff. */
const rewrites = process.env["CONCLAVE_REWRITE"] === "1";

const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

/** Each file in this folder is a story of a cluster, checked word for word; README.md explains how to read one. */
describe("scenarios", () => {
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    const transcript = new Transcript(text);

    test(`${file.replace(".txt", "")}: ${transcript.title}`, () => {
      const scenario = new Scenario();
      const told = transcript.replay((command) => scenario.run(command));
      scenario.checkEnd();
      if (rewrites) writeFileSync(join(folder, file), told);
      else expect(told).toBe(text);
    });
  }
});
