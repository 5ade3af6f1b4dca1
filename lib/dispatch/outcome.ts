/**
 * What one call to the target came to: a closed union, so that a new case does not compile until everything that
 * acts on outcomes has decided about it.
 */
export type Outcome =
  /** The target created the item, or the item asked for exists. */
  | { kind: 'delivered' }
  /** The target says that it already has this id. */
  | { kind: 'duplicate' }
  /** The target asks to slow down; `retryAfterMs` when it said for how long. */
  | { kind: 'throttled'; retryAfterMs: number | undefined; code: string; message: string }
  /** It may work later. `ambiguous`: the target may have acted although we saw no success. */
  | { kind: 'transient'; ambiguous: boolean; code: string; message: string }
  /** It will never work with this event. */
  | { kind: 'rejected'; code: string; message: string };

/** The code of a call that was never sent, since the target's credential could not be read: no failure of the event. */
export const CREDENTIAL_UNAVAILABLE = 'CREDENTIAL_UNAVAILABLE';

/** Error codes by what they mean: upper case, words joined by underscores. */
export interface OutcomeCodes {
  duplicate: ReadonlySet<string>;
  throttled: ReadonlySet<string>;
  transient: ReadonlySet<string>;
}

/** The default codes with those that a target uses besides, as it spells them. Pure. */
export function withCodes(more: Partial<Record<keyof OutcomeCodes, string[]>>): OutcomeCodes {
  const added = (kind: keyof OutcomeCodes) =>
    new Set([...DEFAULT_CODES[kind], ...(more[kind] ?? []).map(normaliseCode)]);
  return {
    duplicate: added('duplicate'),
    throttled: added('throttled'),
    transient: added('transient'),
  };
}

/** `rate-limit-exceeded` and `Rate_Limit_Exceeded` are `RATE_LIMIT_EXCEEDED`. */
export function normaliseCode(code: string): string {
  return code.trim().toUpperCase().replaceAll('-', '_');
}

export const DEFAULT_CODES: OutcomeCodes = {
  duplicate: new Set(['ALREADY_EXISTS', 'DUPLICATE', 'DUPLICATE_ID']),
  throttled: new Set([
    'TOO_MANY_REQUESTS', // Yoga and Envelop rate limiters
    'RATE_LIMITED', // Apollo, GitHub
    'RATE_LIMIT_EXCEEDED', // Hasura
    'THROTTLED', // Shopify
    'THROTTLINGEXCEPTION', // AppSync
    'TOOMANYREQUESTSEXCEPTION',
  ]),
  transient: new Set([
    'UNAUTHENTICATED', // our credential, not the event
    'INTERNAL_SERVER_ERROR',
    'INTERNAL_ERROR',
    'SERVICE_UNAVAILABLE',
    'TIMEOUT',
    'DOWNSTREAM_SERVICE_ERROR',
  ]),
};
