const PLAIN = /^[!-$&-~]*$/;

/**
 * The `Idempotency-Key` of an event: its id, with every byte that a header field cannot carry (outside `!` to `~`), and
 * `%` itself, percent-encoded as UTF-8, so that different ids stay different. Pure.
 */
export function idempotencyKey(eventId: string): string {
  if (PLAIN.test(eventId)) return eventId;
  return Array.from(Buffer.from(eventId, 'utf8'), (byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
