import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ConfigError } from '../lib/errors.ts';
import { escapeControls } from '../lib/safe-text.ts';
import { print, printNote } from './output.ts';

/** A command was called in a way that it cannot follow; the message is one line for the person who typed it. */
export class UsageError extends Error {
  override name = 'UsageError';
}

type FlagOptions = NonNullable<ParseArgsConfig['options']>;

/** Parses flags strictly; an unknown flag, a missing value or anything else than a flag is a {@link UsageError}. */
export function parseFlags<Options extends FlagOptions>(argv: string[], options: Options) {
  const { flags, words } = parseCommandLine(argv, options);
  const [word] = words;
  if (word === undefined) return flags;
  throw new UsageError(`Unexpected argument ${word}. Known flags: ${namesOf(options)}.`);
}

/**
 * As {@link parseFlags}, for a command that also takes one word, such as an id, before or after its flags. A word and a flag's value may begin with
 * `-`; what begins with `--` is written `--flag=VALUE`, or as a word behind `--`.
 */
export function parseWordAndFlags<Options extends FlagOptions>(argv: string[], options: Options) {
  const { flags, words } = parseCommandLine(argv, options);
  const [word, more] = words;
  if (more !== undefined)
    throw new UsageError(`Unexpected argument ${more}: this command takes one, and has ${word}.`);
  return { word, flags };
}

function parseCommandLine<Options extends FlagOptions>(argv: string[], options: Options) {
  const { args, words } = separate(argv, options);
  try {
    const flags = parseArgs({ args, options, strict: true, allowPositionals: false }).values;
    refuseFlagsOfNpm(flags, options);
    return { flags, words };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const [line] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(`${line}. Known flags: ${namesOf(options)}.`);
  }
}

/** Each flag with its value as one argument, which may then begin with `-`; and the words between and behind them. */
function separate(argv: string[], options: FlagOptions): { args: string[]; words: string[] } {
  const args: string[] = [];
  const words: string[] = [];
  const rest = hasStrayDashes(argv, options) ? argv.slice(1) : [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') return { args, words: [...words, ...rest] };
    if (!arg.startsWith('--')) words.push(arg);
    else if (options[arg.slice(2)]?.type !== 'string') args.push(arg);
    else args.push(`${arg}=${requireValue(arg, rest.shift())}`);
  }
  return { args, words };
}

function requireValue(flag: string, value: string | undefined): string {
  if (value !== undefined && !value.startsWith('--')) return value;
  throw new UsageError(
    `${flag} needs a value${value ? `, and ${value} looks like a flag: if it is the value, write ${flag}=${value}` : ''}.`,
  );
}

/** pnpm and yarn hand the `--` on to the command that npm takes for itself; with a known flag behind it, it can only be that one. */
function hasStrayDashes([first, ...rest]: string[], options: FlagOptions): boolean {
  const isKnown = (arg: string) =>
    arg === '--help' || (arg.startsWith('--') && (arg.slice(2).split('=')[0] ?? '') in options);
  return first === '--' && rest.some(isKnown);
}

/** Names that npm has for settings of its own. */
const OF_NPM = new Set(['all', 'json', 'only']);

/** `npm run audit --from 24h` keeps the flag from the command, which would then do something else. */
function refuseFlagsOfNpm(flags: Record<string, unknown>, options: FlagOptions): void {
  const kept = Object.keys(options).filter(
    (name) =>
      !OF_NPM.has(name) &&
      !(name in flags) &&
      process.env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined,
  );
  if (kept.length === 0) return;
  const { npm_lifecycle_event: command = 'COMMAND' } = process.env;
  throw new UsageError(
    `npm kept --${kept.join(' and --')} for itself: write -- before the flags, as in npm run ${command} -- --${kept[0]} …`,
  );
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
    if (error instanceof ConfigError) printNote(error.message);
    else printNote(escapeControls(error.message));
    return 2;
  }
}
