import { type FieldKey, fields, flagOf, variableOf } from "./fields.ts";
import { nearest } from "./suggest.ts";

/** A value as it was given, and where: the place goes into every complaint. */
export interface Given {
  readonly value: unknown;
  readonly from: string;
}

export type GivenFields = ReadonlyMap<FieldKey, Given>;

export interface Sources {
  /** Commander's view of the flags: camel-cased names of those that were given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The parsed file and its path. */
  readonly file: { readonly path: string; readonly content: unknown } | null;
}

/** Lays the sources over each other, flags over environment over file; complaints go to `problems`. */
export function gather(sources: Sources, problems: string[]): GivenFields {
  const given = new Map<FieldKey, Given>();
  if (sources.file !== null) fromFile(sources.file.path, sources.file.content, given, problems);
  for (const { key } of fields) {
    const variable = variableOf(key);
    const value = sources.env[variable];
    // An empty variable is how compose files and shells say "not set".
    if (value !== undefined && value !== "") given.set(key, { value, from: variable });
  }
  for (const { key } of fields) {
    const flag = flagOf(key);
    const value = sources.flags[camelCase(flag)];
    if (value !== undefined) given.set(key, { value, from: flag });
  }
  return given;
}

/** Variables that look like a mistyped setting. Others are left alone: orchestrators set CONCLAVE_PORT and such. */
export function mistypedVariables(env: Sources["env"]): string[] {
  const known = [...fields.map(({ key }) => variableOf(key)), "CONCLAVE_ENDPOINTS", "CONCLAVE_CONFIG"];
  return Object.keys(env)
    .filter((name) => name.startsWith("CONCLAVE_") && !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(
        name.slice(9),
        known.map((variable) => variable.slice(9)),
      );
      return meant === undefined ? [] : [`${name} is not used; did you mean CONCLAVE_${meant}?`];
    });
}

function fromFile(path: string, content: unknown, given: Map<FieldKey, Given>, problems: string[]): void {
  if (!isMapping(content)) {
    problems.push(`${path}: must be a mapping of settings to values, such as "id: n1"`);
    return;
  }
  for (const [name, value] of flatten(content)) {
    const field = fields.find(({ key }) => key === name);
    if (field !== undefined) {
      if (value !== null) given.set(field.key, { value, from: `${name} in ${path}` });
      continue;
    }
    const meant = nearest(
      name,
      fields.map(({ key }) => key),
    );
    const advice =
      meant === undefined
        ? `known are ${fields.map(({ key }) => key).join(", ")}`
        : `did you mean "${meant}"?`;
    problems.push(`${path}: unknown setting "${name}"; ${advice}`);
  }
}

/** Nested mappings become dotted names, but for `peers`, whose keys are node ids, and what was to be a list. */
function flatten(content: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(content).flatMap(([name, value]): [string, unknown][] =>
    name !== "peers" && name !== "sources" && isMapping(value)
      ? Object.entries(value).map(([inner, innerValue]) => [`${name}.${inner}`, innerValue])
      : [[name, value]],
  );
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Commander's name for a flag: `--data-dir` -> `dataDir`. */
function camelCase(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
