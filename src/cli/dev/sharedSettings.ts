import { type FieldKey, fields, variableOf } from "../config/fields.ts";

/** What `conclave dev` decides for each of its nodes, and what it has a flag for. */
const decided: ReadonlySet<FieldKey> = new Set<FieldKey>([
  "id",
  "dataDir",
  "peers",
  "join",
  "rejoin",
  "listenPeer",
  "advertisePeer",
  "listenClient",
  "advertiseClient",
  "listenHttp",
  "logLevel",
  "logFormat",
]);

/** The variables of `env` that set the same for every node, such as `CONCLAVE_MAX_QUEUES`: nodes get no others of ours. */
export function sharedSettings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap(({ key }) => {
      const variable = variableOf(key);
      const value = env[variable];
      return decided.has(key) || value === undefined ? [] : [[variable, value]];
    }),
  );
}
