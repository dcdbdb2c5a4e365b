import { ConclaveError } from "../../../src/base/errors.ts";
import type { Logger } from "../../../src/base/logger.ts";
import type { Member } from "./member.ts";
import { silentLogger } from "./silentLogger.ts";
import type { World } from "./world.ts";

/** Whoever has to fetch a snapshot again, or puts a leader's duty off, says why in its log alone. */
export function nodeLogger(world: World, member: Member): Logger {
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, what) => {
      if (what === "a leader's duty was put off") {
        const { what: duty, error } = fields as { readonly what: string; readonly error: unknown };
        const code = error instanceof ConclaveError ? error.code : "UNEXPECTED";
        world.coverage.count(
          "duty put off",
          `${duty.startsWith("fire schedule") ? "fire schedule" : duty}: ${code}`,
        );
      }
      const { err } = fields as { readonly err?: unknown };
      const isBroken =
        err instanceof ConclaveError && err.message.startsWith("the snapshot that was fetched is");
      if (isBroken) world.onSnapshotBroken(member, err);
    },
    child: () => logger,
  };
  return logger;
}
