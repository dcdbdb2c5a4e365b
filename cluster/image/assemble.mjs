// Assembles the application folder of the image: `node assemble.mjs APP_DIR DATA_DIR`, run in the source tree.
// Where the base image has npm it installs and builds from the lock file. Where it has not (a base made by
// base.sh, on a host without a registry), it takes the host's own `npm ci && npm run build`, and leaves the
// development dependencies out by the lock file.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const [appDir, dataDir] = process.argv.slice(2);
if (appDir === undefined || dataDir === undefined) throw new Error("usage: assemble.mjs APP_DIR DATA_DIR");

const npmCli = resolve(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js");

function npm(...args) {
  const { status } = spawnSync(process.execPath, [npmCli, ...args], { stdio: "inherit" });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed with ${status}`);
}

if (existsSync(npmCli)) {
  npm("ci");
  npm("run", "build");
} else if (!existsSync("dist/bin.js") || !existsSync("node_modules")) {
  throw new Error("this base image has no npm: run `npm ci && npm run build` on the host first");
}

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const development = new Set(
  Object.entries(packages)
    .filter(([, entry]) => entry.dev === true)
    .map(([path]) => resolve(path)),
);

mkdirSync(appDir, { recursive: true });
mkdirSync(dataDir, { recursive: true });
for (const part of ["package.json", "LICENSE", "dist", "proto", "cluster"]) {
  cpSync(part, join(appDir, part), { recursive: true });
}
cpSync("node_modules", join(appDir, "node_modules"), {
  recursive: true,
  filter: (source) => !development.has(resolve(source)) && !source.includes("node_modules/.bin"),
});
rmSync(join(appDir, "dist/.test"), { recursive: true, force: true });
