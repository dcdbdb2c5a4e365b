import { realSetImmediate } from "../time/globals.ts";
import { runSeed } from "./run.ts";
import { summaryOf } from "./summary.ts";

/** Of what fails only the words travel; the replay shows where. */
Error.stackTraceLimit = 0;

/** A process of its own that runs the seeds that it is sent, one after the other. */
process.on("message", (seed: number) => {
  realSetImmediate(() => {
    process.send?.(summaryOf(runSeed({ seed })));
  });
});
process.on("disconnect", () => process.exit(0));
