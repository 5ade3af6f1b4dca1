import { RE2JS, RE2JSException } from 're2js';

/** The longest that a regular expression may be at work in one evaluation. */
const MAX_MS = 500;

/**
 * The part of `RegExp` that JSONata uses, in linear time: `/(a+)+$/` on 26 characters kept V8's own engine busy for 3.4 s. The
 * syntax is RE2's (https://github.com/google/re2/wiki/Syntax): no backreferences and no lookaround.
 *
 * @throws RE2JSException for a pattern that RE2 does not know
 */
export class LinearRegExp {
  lastIndex = 0;
  /** One match is linear; all matches of a text may take as many passes over it as there are. */
  readonly #endMs = performance.now() + MAX_MS;
  readonly #pattern: RE2JS;
  #text = '';
  #matcher: ReturnType<RE2JS['matcher']>;

  constructor(pattern: RegExp) {
    this.#pattern = compiled(pattern);
    this.#matcher = this.#pattern.matcher('');
  }

  /** The next match from `lastIndex` on, in the shape of `RegExp.prototype.exec`. */
  exec(text: string): ((string | undefined)[] & { index: number }) | null {
    if (text !== this.#text) {
      this.#text = text;
      this.#matcher = this.#pattern.matcher(text);
    }
    if (performance.now() > this.#endMs) throw new Error(`${this.#pattern} ran for ${MAX_MS} ms`);
    const matcher = this.#matcher;
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) return null;
    this.lastIndex = matcher.end();
    const groups = Array.from(
      { length: matcher.groupCount() + 1 },
      (_, group) => matcher.group(group) ?? undefined,
    );
    return Object.assign(groups, { index: matcher.start() });
  }
}

/** JSONata makes an engine at every evaluation, always from the one `RegExp` of its syntax tree. */
const compiledPatterns = new WeakMap<RegExp, RE2JS>();

function compiled(pattern: RegExp): RE2JS {
  const known = compiledPatterns.get(pattern);
  if (known) return known;
  const flags =
    (pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (pattern.multiline ? RE2JS.MULTILINE : 0);
  const made = RE2JS.compile(RE2JS.translateRegExp(pattern.source), flags);
  compiledPatterns.set(pattern, made);
  return made;
}

/** The reason why RE2 refuses a pattern; `undefined` if it does not. Pure. */
export function refusalOf(pattern: RegExp): string | undefined {
  try {
    compiled(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return error.message;
  }
}
