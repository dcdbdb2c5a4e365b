import { readFileSync } from "node:fs";

/** This release, as peers, clients and `conclave --version` are told. */
export const version: string = packageVersion();

/** From package.json, which stands above `src` and `dist` alike. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
