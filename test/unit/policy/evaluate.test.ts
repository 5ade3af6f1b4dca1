import { describe, expect, it } from 'vitest';
import { type Call, isAllowed, matches, type Statement } from '../../support/policy/evaluate.ts';

const READ: Statement = {
  Effect: 'Allow',
  Action: ['s3:Get*'],
  Resource: 'arn:aws:s3:::b/spill/*',
};
const VIA_S3: Statement = {
  Effect: 'Allow',
  Action: 'kms:Decrypt',
  Resource: 'arn:key',
  Condition: { StringEquals: { 'kms:ViaService': ['s3.eu-west-1.amazonaws.com'] } },
};
const DENY: Statement = { Effect: 'Deny', Action: 's3:*', Resource: '*' };
const get: Call = { action: 's3:GetObject', resource: 'arn:aws:s3:::b/spill/1' };

describe('isAllowed', () => {
  it.each<[string, Statement[], Call, boolean]>([
    ['nothing is allowed by default', [], get, false],
    ['a matching Allow', [READ], get, true],
    ['actions whatever their case', [READ], { ...get, action: 'S3:getobject' }, true],
    ['another action', [READ], { ...get, action: 's3:PutObject' }, false],
    ['another resource', [READ], { ...get, resource: 'arn:aws:s3:::b/facts/1' }, false],
    ['the bucket is not its objects', [READ], { ...get, resource: 'arn:aws:s3:::b' }, false],
    ['a Deny wins', [READ, DENY], get, false],
    [
      'a condition without its key',
      [VIA_S3],
      { action: 'kms:Decrypt', resource: 'arn:key' },
      false,
    ],
    [
      'a condition that holds',
      [VIA_S3],
      {
        action: 'kms:Decrypt',
        resource: 'arn:key',
        context: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' },
      },
      true,
    ],
    [
      'a condition that does not hold',
      [VIA_S3],
      {
        action: 'kms:Decrypt',
        resource: 'arn:key',
        context: { 'kms:ViaService': 'kinesis.eu-west-1.amazonaws.com' },
      },
      false,
    ],
  ])('%s', (_, statements, call, expected) => {
    expect(isAllowed(statements, call)).toBe(expected);
  });

  it('refuses to judge what it does not know', () => {
    const condition = { ...VIA_S3, Condition: { DateLessThan: { 'aws:CurrentTime': 'now' } } };
    expect(() => isAllowed([condition], { action: 'kms:Decrypt', resource: 'arn:key' })).toThrow(
      'DateLessThan',
    );
    const notAction = { ...READ, NotAction: 's3:*' } as Statement;
    expect(() => isAllowed([notAction], get)).toThrow('NotAction');
  });
});

describe('matches', () => {
  it.each([
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/a/b', true],
    ['arn:aws:s3:::b?', 'arn:aws:s3:::b1', true],
    ['arn:aws:s3:::b?', 'arn:aws:s3:::b', false],
    ['a.c', 'abc', false],
    ['*', '', true],
  ])('%s and %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });
});
