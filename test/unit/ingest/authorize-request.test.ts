import { describe, expect, it } from 'vitest';
import { hashApiKey, nameOfApiKey } from '../../../lib/ingest/api-key.ts';
import { authorizeRequest } from '../../../lib/ingest/authorize-request.ts';
import { createTestLog } from '../../support/test-log.ts';

const KEYS = [
  { name: 'old', sha256: hashApiKey('one') },
  { name: 'new', sha256: hashApiKey('two') },
];
const load = async () => KEYS;

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
    const verdict = await authorizeRequest('two', { keys: { load }, log: createTestLog() });
    expect(verdict).toEqual({ isAuthorized: true, context: { keyName: 'new' } });
  });

  it.each([undefined, '', 'three'])('denies %j', async (presented) => {
    const verdict = await authorizeRequest(presented, { keys: { load }, log: createTestLog() });
    expect(verdict.isAuthorized).toBe(false);
  });

  it('denies everybody when the keys cannot be read, and says so in the log without the key', async () => {
    const log = createTestLog({ errorsExpected: true });
    const keys = { load: () => Promise.reject(new Error('no secret')) };
    expect((await authorizeRequest('one', { keys, log })).isAuthorized).toBe(false);
    expect(log.lines).toEqual([expect.objectContaining({ level: 'error', error: 'no secret' })]);
  });
});
