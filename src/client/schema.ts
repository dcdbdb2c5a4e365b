import { ConclaveError, messageOf, type SchemaIssue } from "../base/errors.ts";

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

/**
 * `value` as the schema gives it back. Rejects with INVALID_ARGUMENT, `what` and the issues in the message; without issues when
 * the schema itself failed.
 */
export async function fit<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
  what: string,
): Promise<Output> {
  let issues: readonly SchemaIssue[];
  try {
    const validated = await schema["~standard"].validate(value);
    if (validated.issues === undefined) return validated.value;
    issues = validated.issues.map(({ message, path = [] }) => {
      const keys = path.map((step) => (typeof step === "object" ? step.key : step));
      return { path: pathText(keys), message };
    });
  } catch (cause) {
    const message = `${what} cannot be checked by its schema: ${messageOf(cause)}`;
    throw new ConclaveError("INVALID_ARGUMENT", message, { cause });
  }
  throw new ConclaveError("INVALID_ARGUMENT", `${what} does not fit its schema: ${listed(issues)}`, {
    issues,
  });
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
