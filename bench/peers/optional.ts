import { createRequire } from "node:module";
import { findProgram } from "../processes/serverProcess.ts";

const require = createRequire(import.meta.url);

/** What a peer needs that is not part of this package. */
export interface Needs {
  readonly programs: readonly string[];
  /** Client libraries from npm: no dependencies of ours, loaded only when they are there. */
  readonly libraries: readonly string[];
}

/** All at once, for npm removes what an earlier `--no-save` has installed. */
const install = "npm i --no-save amqplib @nats-io/transport-node @nats-io/jetstream bullmq ioredis";

/** What is not there, and how to get it; undefined when all is. */
export async function missingOf({ programs, libraries }: Needs): Promise<string | undefined> {
  for (const name of programs) {
    if ((await findProgram(name)) === undefined) return `no ${name} on this machine: install it`;
  }
  for (const name of libraries) {
    if (!isInstalled(name)) return `no client library ${name}: ${install}`;
  }
  return undefined;
}

/** The executable's path; rejects when it is gone since `missingOf`. */
export async function programOf(name: string): Promise<string> {
  const path = await findProgram(name);
  if (path === undefined) throw new Error(`there is no ${name} on this machine any more`);
  return path;
}

/** A library without its types, which are not installed either: the caller names what it uses of it. */
export async function load<Library>(name: string): Promise<Library> {
  const library = (await import(name)) as { readonly default?: unknown };
  // A CommonJS module shows all of itself as its default only.
  return { ...(library.default as object | undefined), ...library } as Library;
}

function isInstalled(name: string): boolean {
  const folders = require.resolve.paths(name) ?? [];
  return folders.some((folder) => {
    try {
      require(`${folder}/${name}/package.json`);
      return true;
    } catch {
      return false;
    }
  });
}
