/** Enough to see whose directory it is. */
const maxNamed = 5;

/** What lies in the way, by name: the first few, for a whole folder of somebody's makes no message. */
export function someNames(names: readonly string[]): string {
  const shown = [...names].sort().slice(0, maxNamed).join(", ");
  return names.length > maxNamed ? `${shown} and ${names.length - maxNamed} more` : shown;
}
