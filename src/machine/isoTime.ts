const dayMs = 86_400_000;

/**
 * What `new Date(at).toISOString()` gives, for times from 1970 to 9999; by Howard Hinnant's arithmetic on days of the
 * Gregorian calendar, since there is no `Date` in here.
 */
export function isoTime(at: number): string {
  const day = Math.floor(at / dayMs);
  const ms = at - day * dayMs;
  // Years begin in March, so that the leap day is the last one; eras of 400 years are all alike.
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const date = ofYear - Math.floor((153 * march + 2) / 5) + 1;
  const civil = year + era * 400 + (month <= 2 ? 1 : 0);
  const time = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1_000) % 60]
    .map((part) => digits(part, 2))
    .join(":");
  return `${digits(civil, 4)}-${digits(month, 2)}-${digits(date, 2)}T${time}.${digits(ms % 1_000, 3)}Z`;
}

function digits(value: number, count: number): string {
  return Math.floor(value).toString().padStart(count, "0");
}
