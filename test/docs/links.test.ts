import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const documents = [
  "README.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
];

/** As GitHub names the headings of a document. */
function anchorsOf(file: string): string[] {
  const headings = [...readFileSync(join(root, file), "utf8").matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

function isBroken(document: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? document : normalize(join(dirname(document), path));
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

test("the documents' links lead somewhere", () => {
  const links = documents.flatMap((document) =>
    [...readFileSync(join(root, document), "utf8").matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => ({ document, link }))
      .filter(({ link }) => !/^https?:/.test(link)),
  );
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter(({ document, link }) => isBroken(document, link))).toEqual([]);
});

test("files that documents and comments name are there", () => {
  const named =
    /(?<![\w/.-])(?:docs|proto|src|test|bench|cluster)\/[\w./-]+\.(?:md|ts|mjs|proto|sh|svg|ya?ml)\b/g;
  const texts = [
    ...documents,
    ...readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join("src", file)),
  ];
  const missing = texts.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(named)]
      .map(([name]) => ({ file, name }))
      // What tells of the simulator names its folders from there.
      .filter(
        ({ name }) => ![root, join(root, "test/simulator")].some((folder) => existsSync(join(folder, name))),
      ),
  );
  expect(missing).toEqual([]);
});
