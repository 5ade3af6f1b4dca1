const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;

/** Of a longer key, this many characters are shown: a refusal must not grow with what it refuses. */
const MAX_SHOWN_CHARACTERS = 64;

/** A place in a JSON value as a person writes it: `meta.tags[0]["odd key"]`; empty for the value itself. Pure. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.map(formatStep).join('').replace(/^\./, '');
}

function formatStep(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`;
  const key = shorten(step);
  return PLAIN_KEY.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** A text as it may be shown, half surrogates replaced. */
export function shorten(text: string): string {
  const whole = text.toWellFormed();
  return whole.length > MAX_SHOWN_CHARACTERS
    ? `${whole.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed()}…`
    : whole;
}
