/** What is wrong with a command line, for whoever typed it. */
export class UsageError extends Error {}

/** A whole number of at least `least`; undefined when the option is not there. */
export function wholeNumber(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(`--${name} takes a whole number from ${least} on, not "${text}"`);
  return value;
}

/** A number above 0, which may have a fraction; undefined when the option is not there. */
export function positiveNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || value <= 0)
    throw new UsageError(`--${name} takes a number above 0, not "${text}"`);
  return value;
}

/** Runs a command; one that was typed wrongly ends with a line that says so, and with 2. */
export async function asCommand(run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

/** What `parse` makes of the command line; of one that it cannot read a line is said, and the process ends with 2. */
export function typed<Parsed>(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!(error instanceof Error) || !code.startsWith("ERR_PARSE_ARGS")) throw error;
    console.error(`${error.message}; --help tells the options`);
    process.exit(2);
  }
}
