import { ConclaveError, messageOf, type SchemaIssue } from "../base/errors.ts";
import { shown } from "./checks.ts";

/**
 * A schema of any library that implements Standard Schema, version 1 (standardschema.dev): zod, valibot, arktype and
 * others. `Input` is what it takes, `Output` what it makes of it.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validated<Output> | Promise<Validated<Output>>;
    /** Never there: it carries the types. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Validated<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type TypesOf<S extends Schema> = NonNullable<S["~standard"]["types"]>;
/** What `S` takes. */
export type SchemaInput<S extends Schema> = TypesOf<S>["input"];
/** What `S` makes of it. */
export type SchemaOutput<S extends Schema> = TypesOf<S>["output"];

const shownIssues = 5;

/** Ends the wait for an answer that may never come, of a schema that asks elsewhere; `what` is being checked. */
export type Bound = <T>(answer: Promise<T>, what: string) => Promise<T>;

const unbound: Bound = (answer) => answer;

/**
 * `value` as the schema gives it back. Rejects with INVALID_ARGUMENT, `what` and the issues in the message; without issues when
 * the schema itself failed. With what `bound` rejects with when that comes first.
 */
export async function fit<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
  what: string,
  bound: Bound = unbound,
): Promise<Output> {
  const answer = answerOf(schema, value);
  const { validated, cause } = answer instanceof Promise ? await bound(answer, what) : answer;
  if (validated === undefined) {
    const message = `${what} cannot be checked by its schema: ${messageOf(cause)}`;
    throw new ConclaveError("INVALID_ARGUMENT", message, { cause });
  }
  if (validated.issues === undefined) return validated.value;
  const { issues } = validated;
  throw new ConclaveError("INVALID_ARGUMENT", `${what} does not fit its schema: ${listed(issues)}`, {
    issues,
  });
}

/** Either what it gave, or why it gave nothing that can be read. */
type Answer<Output> =
  | { readonly validated: Read<Output>; readonly cause?: undefined }
  | { readonly validated?: undefined; readonly cause: unknown };
type Read<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** Never throws, nor rejects. Not a promise unless the schema gave one: most do not, and are asked of each job. */
function answerOf<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
): Answer<Output> | Promise<Answer<Output>> {
  try {
    const given = schema["~standard"].validate(value);
    if (!isThenable(given)) return read(given);
    return Promise.resolve(given).then(read, (cause: unknown) => ({ cause }));
  } catch (cause) {
    return { cause };
  }
}

function read<Output>(given: Validated<Output>): Answer<Output> {
  try {
    // A schema may be of the program's own, and answer `true`: that would count as a value that fits.
    const isResult = typeof given === "object" && given !== null && ("value" in given || "issues" in given);
    if (!isResult) return { cause: new TypeError(`it gave ${shown(given)}, neither a value nor issues`) };
    if (given.issues === undefined) return { validated: given };
    const issues = given.issues.map(({ message, path = [] }) => {
      const keys = path.map((step) => (typeof step === "object" ? step.key : step));
      return { path: pathText(keys), message };
    });
    return { validated: { issues } };
  } catch (cause) {
    return { cause };
  }
}

function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Throws INVALID_ARGUMENT for what no library calls a schema. */
export function checkSchema(schema: unknown, what: string): void {
  if (schema === undefined) return;
  const isObject = (typeof schema === "object" && schema !== null) || typeof schema === "function";
  const standard = isObject && "~standard" in schema ? schema["~standard"] : undefined;
  const isStandard = typeof standard === "object" && standard !== null && "validate" in standard;
  if (isStandard && typeof standard.validate === "function") return;
  throw new ConclaveError(
    "INVALID_ARGUMENT",
    `${what} is no schema: it needs one that implements Standard Schema (standardschema.dev), as of zod from 3.24 on, valibot or arktype`,
  );
}

function listed(issues: readonly SchemaIssue[]): string {
  const lines = issues
    .slice(0, shownIssues)
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  const more = issues.length - lines.length;
  return lines.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/** `items[0].name`, as one would write it. */
function pathText(keys: readonly PropertyKey[]): string {
  let text = "";
  for (const key of keys) {
    if (typeof key === "number" || /^\d+$/.test(String(key))) text += `[${String(key)}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}
