import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkProgram } from "../../src/cli/work/checkProgram.ts";
import { temporaryFolder } from "../storage/support/temporary.ts";
import { run } from "./fakeIo.ts";

// Put it in: workCommand.ts, `runWork`: leave out `checkProgram`.
describe("a program that cannot be run", () => {
  test.each([
    ["./no-such-program", /there is no such program, or it may not be executed/],
    ["no-such-program-anywhere", /no such program in any folder of PATH/],
  ])("is said before any job is taken: %s", async (program, why) => {
    const args = ["work", "q", "--endpoints", "127.0.0.1:1", "--", program];
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^conclave: CONFIG_INVALID: cannot run /);
    expect(stderr).toMatch(why);
  });

  test("is a folder, or a file that is not executable", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "job.sh");
    writeFileSync(file, "#!/bin/sh\n", { mode: 0o644 });
    mkdirSync(join(folder, "job"));
    for (const path of [file, join(folder, "job")])
      await expect(checkProgram(path)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    chmodSync(file, 0o755);
    await checkProgram(file);
    await checkProgram("node");
  });
});
