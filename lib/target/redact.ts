import { isJsonObject } from '../event/source-event.ts';

/** Stands for what is taken out of a message. */
const REMOVED = '[removed]';

/** Shorter texts of a payload are found by chance. */
const LEAST_LENGTH = 8;

/** Shorter values of a credential's headers are no secrets. One of 4 to 7 characters is removed where it stands as a word. */
const LEAST_SECRET_LENGTH = 4;

/** Words of a header's value that are no secrets. */
const SCHEMES = /^(bearer|basic|digest|token|apikey|api-key)$/i;

/** This much of a text is recognised where a message is cut, or a target repeats only the beginning. */
const BEGINNING = 16;

/** Fields of an event that commands and the status table show anyway. */
const SHOWN = new Set(['id', 'name', 'timestamp']);

/** Forms of credentials of any system, such as those of the target's database. */
const CREDENTIALS = [
  // With a digit or an inner capital: other words that follow are language.
  /(?<=\b(?:[Bb]earer|[Bb]asic|[Tt]oken)\s+)(?=\S*(?:\d|[a-z][A-Z]))[\w.~+/=-]{8,}/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /(?<=\/\/)[^\s/@:]+:[^\s/@]+(?=@)/g,
  /(?<=\b(?:password|passwd|secret|api[_-]?key|access[_-]?token|authorization)["']?\s*[=:]\s*["']?)[^\s"',;&}]{4,}/gi,
];

/** A failure as a verdict has it. */
interface Failed {
  code: string;
  message: string;
}

/**
 * A failure without credentials, ours or others', and without values of the event's payload that the target repeats, whole or cut at the end. Facts
 * keep failures, and so do logs and stores that hold no payload. Pure.
 *
 * @param secrets values of the credential's headers
 * @param payloads the events of the request, as their source sent them
 */
export function redacted<Verdict extends Failed>(
  verdict: Verdict,
  secrets: readonly string[],
  payloads: readonly unknown[],
): Verdict {
  const values = secrets.flatMap((value) => [value, ...value.split(/\s+/)]);
  const words = values.filter(isShortSecret).map(wordPattern);
  const texts = longestFirst([
    ...values,
    ...payloads
      .flatMap((payload) => (isJsonObject(payload) ? Object.entries(payload) : []))
      .flatMap(([key, value]) => (SHOWN.has(key) ? [] : textsOf(value))),
  ]);
  const clean = (text: string) =>
    texts.reduce(
      (rest, known) => withoutText(rest, known),
      [...CREDENTIALS, ...words].reduce((rest, pattern) => rest.replace(pattern, REMOVED), text),
    );
  return { ...verdict, code: clean(verdict.code), message: clean(verdict.message) };
}

const isShortSecret = (value: string) =>
  value.length >= LEAST_SECRET_LENGTH && value.length < LEAST_LENGTH && !SCHEMES.test(value);

/** In the middle of a longer word it is found by chance. */
const wordPattern = (text: string) =>
  new RegExp(`(?<!\\w)${text.replace(/[^\w]/g, '\\$&')}(?!\\w)`, 'g');

/** Texts and numbers of a payload, each text also as JSON writes it. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value, JSON.stringify(value).slice(1, -1)];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function longestFirst(texts: string[]): string[] {
  const long = [...new Set(texts)].filter((text) => text.length >= LEAST_LENGTH);
  return long.sort((a, b) => b.length - a.length);
}

function withoutText(text: string, known: string): string {
  const beginning = known.slice(0, BEGINNING);
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf(beginning); at >= 0; at = text.indexOf(beginning, from)) {
    parts.push(text.slice(from, at), REMOVED);
    from = at + commonLength(text.slice(at), known);
  }
  return [...parts, text.slice(from)].join('');
}

function commonLength(text: string, known: string): number {
  let length = 0;
  while (length < known.length && text[length] === known[length]) length += 1;
  return length;
}
