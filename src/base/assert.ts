/** A broken invariant: a bug of ours. Never caught to go on; the process ends rather than guess. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Ends the caller with an `InvariantViolation` unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** Closes an exhaustive switch: a new member of the union becomes a compile error here. */
export function assertNever(value: never): never {
  throw new InvariantViolation(`unexpected value: ${JSON.stringify(value)}`);
}
