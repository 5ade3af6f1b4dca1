const FIELDS: Record<string, (at: Date) => string> = {
  yyyy: (at) => pad(at.getUTCFullYear(), 4),
  MM: (at) => pad(at.getUTCMonth() + 1),
  dd: (at) => pad(at.getUTCDate()),
  HH: (at) => pad(at.getUTCHours()),
  mm: (at) => pad(at.getUTCMinutes()),
  ss: (at) => pad(at.getUTCSeconds()),
};

/** A quoted literal (two quotes are one quote), a run of one letter, or anything else, taken as it is. */
const TOKEN = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g;

/**
 * Formats a time, in UTC, by the part of Java's `DateTimeFormatter` that keys are made of: `yyyy`, `MM`,
 * `dd`, `HH`, `mm`, `ss` and literals in single quotes. Throws on any other letter, as Java reserves them all.
 */
export function formatTimestamp(pattern: string, atMs: number): string {
  const at = new Date(atMs);
  return pattern.replace(TOKEN, (token, quoted: string | undefined, letter: string | undefined) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'");
    if (token === "'") throw new Error(`the quote in "${pattern}" is not closed`);
    if (letter === undefined) return token;
    const format = FIELDS[token];
    if (format) return format(at);
    throw new Error(`"${token}" in "${pattern}" is none of ${Object.keys(FIELDS).join(', ')}`);
  });
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}
