import { expect, it } from 'vitest';
import { keyNameOf } from '../../lib/key-name.ts';

it.each([
  [
    'of the authorizer',
    { requestContext: { authorizer: { lambda: { keyName: 'shop' } } } },
    'shop',
  ],
  ['without an authorizer', { requestContext: {} }, undefined],
  ['without its context', { requestContext: { authorizer: { lambda: null } } }, undefined],
  ['that is empty', { requestContext: { authorizer: { lambda: { keyName: '' } } } }, undefined],
  ['of an event without a context', {}, undefined],
])('the key name %s', (_, event, name) => {
  expect(keyNameOf(event)).toBe(name);
});
