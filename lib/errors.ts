/** The error vocabulary: one class per thing that can be wrong with the infrastructure. */

/** The journal did not take a fact. */
export class JournalUnavailableError extends Error {
  override name = 'JournalUnavailableError';
  /** False if it certainly does not hold the fact: it refused it, or was never reached. */
  readonly mayHaveAppended: boolean;

  constructor(message: string, options: { mayHaveAppended: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.mayHaveAppended = options.mayHaveAppended;
  }
}

/** No store took an event in time: it must not be acknowledged. */
export class NotDurableError extends Error {
  override name = 'NotDurableError';
}

/** The spill store did not take a fact. */
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

/** The code of a call that was not sent because the target's credential is unavailable: it says nothing about its events. */
export const CREDENTIAL_UNAVAILABLE = 'CREDENTIAL_UNAVAILABLE';

/** Configuration that cannot work; the message names every problem at once. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`Bad configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** The target contract cannot be applied to an event; the message names the expression and the event. */
export class ContractFault extends Error {
  override name = 'ContractFault';
}

/** The webhook of alarms did not take a message; the text does not show its address, which is a credential. */
export class WebhookError extends Error {
  override name = 'WebhookError';
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
