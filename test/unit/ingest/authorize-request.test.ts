import { describe, expect, it } from 'vitest';
import { hashApiKey, nameOfApiKey } from '../../../lib/ingest/api-key.ts';
import { authorizeRequest } from '../../../lib/ingest/authorize-request.ts';

const KEYS = [
  { name: 'old', sha256: hashApiKey('one') },
  { name: 'new', sha256: hashApiKey('two') },
];
const load = async () => KEYS;
const STORE = { load, loadLatest: load };

describe('nameOfApiKey', () => {
  it.each([
    ['one', 'old'],
    ['two', 'new'],
    ['three', undefined],
    ['', undefined],
    [hashApiKey('one'), undefined],
  ])('of %j is %j', (presented, name) => {
    expect(nameOfApiKey(presented, KEYS)).toBe(name);
  });

  it('passes over a digest that is none', () => {
    expect(nameOfApiKey('one', [{ name: 'bad', sha256: 'zz' }])).toBeUndefined();
  });
});

describe('authorizeRequest', () => {
  it('lets an accepted key in and gives its name on', async () => {
    const verdict = await authorizeRequest('two', STORE);
    expect(verdict).toEqual({ isAuthorized: true, context: { keyName: 'new' } });
  });

  it.each([undefined, '', 'three'])('denies %j', async (presented) => {
    const verdict = await authorizeRequest(presented, STORE);
    expect(verdict.isAuthorized).toBe(false);
  });

  it('looks again, in the latest keys, for one that it does not know', async () => {
    const added = { name: 'added', sha256: hashApiKey('three') };
    const keys = { load, loadLatest: async () => [...KEYS, added] };
    const verdict = await authorizeRequest('three', keys);
    expect(verdict).toEqual({ isAuthorized: true, context: { keyName: 'added' } });
  });

  const fails = () => Promise.reject(new Error('no secret'));

  it.each(['one', 'three'])('decides nothing over %s when the keys cannot be read', async (key) => {
    const keys = { load: fails, loadLatest: fails };
    await expect(authorizeRequest(key, keys)).rejects.toThrow('no secret');
  });

  it('lets in whom the last good keys know, and denies nobody on their ground', async () => {
    const keys = { load, loadLatest: fails };
    expect((await authorizeRequest('two', keys)).isAuthorized).toBe(true);
    await expect(authorizeRequest('three', keys)).rejects.toThrow('no secret');
  });
});
