import { describe, expect, it } from 'vitest';
import { redacted } from '../../../lib/target/redact.ts';

const payload = {
  id: 'order-17-of-alice',
  name: 'order.placed',
  body: 'Dear "Alice", your card is 4111111111111111',
  timestamp: 1_767_225_600,
  customer: { email: 'alice@example.org', phones: [441632960961] },
};
const SECRETS = ['Bearer sk_live_0123456789', 'acme-tenant', 'hunter2', 'p$.x(', 'eu'];

const clean = (message: string) =>
  redacted({ kind: 'rejected', code: 'BAD', message }, SECRETS, [payload]).message;

describe('the failure of a target', () => {
  it.each([
    ['invalid token sk_live_0123456789', 'invalid token [removed]'],
    ['Bearer sk_live_0123456789 has expired', 'Bearer [removed] has expired'],
    ['the key hunter2 is unknown', 'the key [removed] is unknown'],
    ['no "hunter2", nor p$.x(!', 'no "[removed]", nor [removed]!'],
    ['hunter21 of eu, and a hunter', 'hunter21 of eu, and a hunter'],
    ['unknown tenant acme-tenant', 'unknown tenant [removed]'],
    ['of another: Basic dXNlcjpwYXNz', 'of another: Basic [removed]'],
    ['token eyJhbGciOi.eyJzdWIi.SflKx refused', 'token [removed] refused'],
    ['connect postgres://app:hunter2@db:5432/x', 'connect postgres://[removed]@db:5432/x'],
    ['{"password": "hunter2", "port": 1}', '{"password": "[removed]", "port": 1}'],
    ['Bearer authentication is required', 'Bearer authentication is required'],
    ['api_key=abcdef0123&x=1', 'api_key=[removed]&x=1'],
  ])('shows no credential: %s', (message, shown) => {
    expect(clean(message)).toBe(shown);
  });

  it.each([
    [`invalid value "${payload.body}"; Expected Int`, 'invalid value "[removed]"; Expected Int'],
    [`invalid value ${JSON.stringify(payload.body)}`, 'invalid value "[removed]"'],
    [`value ${payload.body.slice(0, 30)}…`, 'value [removed]…'],
    ['no such customer: alice@example.org', 'no such customer: [removed]'],
    ['phone 441632960961', 'phone [removed]'],
    ['order-17-of-alice of order.placed exists', 'order-17-of-alice of order.placed exists'],
    ['name is unknown', 'name is unknown'],
  ])('repeats no value of the payload: %s', (message, shown) => {
    expect(clean(message)).toBe(shown);
  });

  it('keeps everything else of the verdict, and cleans its code', () => {
    const verdict = { kind: 'unknown', code: 'E alice@example.org', message: 'm', waitMs: 5 };
    expect(redacted(verdict, [], [payload])).toEqual({ ...verdict, code: 'E [removed]' });
    expect(redacted(verdict, [], ['no object'])).toEqual(verdict);
  });
});
