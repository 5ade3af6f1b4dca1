/** The error vocabulary: one class per thing that can be wrong with the infrastructure. */

/** The journal did not take a fact in time; whether it holds it is unknown. */
export class JournalUnavailableError extends Error {
  override name = 'JournalUnavailableError';
}

/** The spill store did not take a fact in time. */
export class SpillUnavailableError extends Error {
  override name = 'SpillUnavailableError';
}

/** A secret was not read, and no value that was read before may still be used. */
export class SecretUnavailableError extends Error {
  override name = 'SecretUnavailableError';
}

/** A secret was read and holds nothing that can be used; the message says what to mend, and nothing of its value. */
export class SecretFormatError extends Error {
  override name = 'SecretFormatError';
}

/** Configuration that cannot work; the message names every problem at once. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`Bad configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
