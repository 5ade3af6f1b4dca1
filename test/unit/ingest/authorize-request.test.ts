import { describe, expect, it } from 'vitest';
import { hashApiKey, nameOfApiKey } from '../../../lib/ingest/api-key.ts';
import { authorizeRequest } from '../../../lib/ingest/authorize-request.ts';
import { createTestLog } from '../../support/test-log.ts';

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
    const verdict = await authorizeRequest('two', { keys: STORE, log: createTestLog() });
    expect(verdict).toEqual({ isAuthorized: true, context: { keyName: 'new' } });
  });

  it.each([undefined, '', 'three'])('denies %j', async (presented) => {
    const verdict = await authorizeRequest(presented, { keys: STORE, log: createTestLog() });
    expect(verdict.isAuthorized).toBe(false);
  });

  it('looks again, in the latest keys, for one that it does not know', async () => {
    const added = { name: 'added', sha256: hashApiKey('three') };
    const keys = { load, loadLatest: async () => [...KEYS, added] };
    const verdict = await authorizeRequest('three', { keys, log: createTestLog() });
    expect(verdict).toEqual({ isAuthorized: true, context: { keyName: 'added' } });
  });

  it('denies everybody when the keys cannot be read, and says so in the log without the key', async () => {
    const log = createTestLog({ errorsExpected: true });
    const fail = () => Promise.reject(new Error('no secret'));
    const keys = { load: fail, loadLatest: fail };
    expect((await authorizeRequest('one', { keys, log })).isAuthorized).toBe(false);
    expect(log.lines).toEqual([expect.objectContaining({ level: 'error', error: 'no secret' })]);
  });
});
