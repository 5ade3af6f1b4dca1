import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ConfigError } from '../lib/errors.ts';
import { print, printNote } from './output.ts';

/** A command was called in a way that it cannot follow; the message is one line for the person who typed it. */
export class UsageError extends Error {
  override name = 'UsageError';
}

type FlagOptions = NonNullable<ParseArgsConfig['options']>;

/** Parses flags strictly; an unknown flag or a missing value is a {@link UsageError}. */
export function parseFlags<Options extends FlagOptions>(argv: string[], options: Options) {
  try {
    return parseArgs({ args: argv, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [line] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(`${line}. Known flags: ${namesOf(options)}.`);
  }
}

function namesOf(options: FlagOptions): string {
  return Object.entries(options)
    .map(([name, { type }]) => (type === 'boolean' ? `--${name}` : `--${name} VALUE`))
    .join(', ');
}

interface Range {
  min: number;
  max: number;
}

/** Whether the flags only ask for help, which is then printed. */
export function isHelp(argv: string[], usage: string): boolean {
  if (!argv.includes('--help')) return false;
  print(usage);
  return true;
}

/** The value of a number flag, or the default; out of range or no number is a {@link UsageError}. */
export function numberFlag(
  name: string,
  text: string | undefined,
  { min, max, fallback }: Range & { fallback: number },
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max))
    throw new UsageError(`--${name} must be a number from ${min} to ${max}, not ${text}.`);
  return value;
}

/** As {@link numberFlag}, for whole numbers. */
export function integerFlag(
  name: string,
  text: string | undefined,
  range: Range & { fallback: number },
): number {
  const value = numberFlag(name, text, range);
  if (!Number.isInteger(value))
    throw new UsageError(`--${name} must be a whole number, not ${text}.`);
  return value;
}

/** The value of a URL flag, without a slash at its end. */
export function urlFlag(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new UsageError(`--${name} must be an http or https URL, not ${text}.`);
  return text.replace(/\/+$/, '');
}

/** Runs a command and returns its exit code: 2 with a message on stderr for wrong usage and for a bad configuration. */
export async function exitCodeOf(command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    printNote(error.message);
    return 2;
  }
}
