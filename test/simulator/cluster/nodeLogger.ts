import { ConclaveError } from "../../../src/base/errors.ts";
import type { Logger } from "../../../src/base/logger.ts";
import type { Member } from "./member.ts";
import { silentLogger } from "./silentLogger.ts";
import type { World } from "./world.ts";

/** Whoever has to fetch a snapshot again says why in its log alone. */
export function nodeLogger(world: World, member: Member): Logger {
  const logger: Logger = {
    ...silentLogger,
    warn: (fields) => {
      const { err } = fields as { readonly err?: unknown };
      const isBroken =
        err instanceof ConclaveError && err.message.startsWith("the snapshot that was fetched is");
      if (isBroken) world.onSnapshotBroken(member, err);
    },
    child: () => logger,
  };
  return logger;
}
