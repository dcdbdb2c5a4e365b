import type { Logger } from "../../../src/base/logger.ts";
import type { Member } from "./member.ts";
import { silentLogger } from "./silentLogger.ts";
import type { World } from "./world.ts";

/** What the transport turns away it says in its log alone. */
export function transportLogger(world: World, member: Member): Logger {
  const tell = (fields: object): void => {
    const { code, peer, reason } = fields as Partial<Record<"code" | "peer" | "reason", unknown>>;
    if (typeof code !== "string") return;
    world.coverage.count("transport", `turned away: ${code}`);
    if (code === "IDENTITY_MISMATCH" && typeof peer === "string")
      world.onRefusedIncarnation(member.id, peer.replaceAll('"', ""), String(reason));
  };
  const logger = (bindings: object): Logger => ({
    ...silentLogger,
    error: (fields) => tell({ ...bindings, ...fields }),
    child: (more) => logger({ ...bindings, ...more }),
  });
  return logger({});
}
