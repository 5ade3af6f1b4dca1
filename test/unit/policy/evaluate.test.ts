import { describe, expect, it } from 'vitest';
import {
  type Call,
  type Context,
  isAllowed,
  matches,
  mayAssume,
  type Statement,
} from '../../support/policy/evaluate.ts';

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

  it.each<[string, Record<string, string | string[]>, Context, boolean]>([
    ['ForAnyValue:StringEquals', { k: ['a', 'b'] }, { k: ['x', 'b'] }, true],
    ['ForAnyValue:StringEquals', { k: 'a' }, { k: ['x'] }, false],
    ['ForAnyValue:StringEquals', { k: 'a' }, {}, false],
    ['ForAllValues:StringEquals', { k: ['a', 'b'] }, { k: ['b', 'a'] }, true],
    ['ForAllValues:StringEquals', { k: 'a' }, { k: ['a', 'x'] }, false],
    ['ForAllValues:StringEquals', { k: 'a' }, {}, true],
    ['ArnLike', { k: 'arn:*:f-*' }, { k: 'arn:aws:f-1' }, true],
    ['ArnLike', { k: 'arn:*:f-*' }, { k: 'arn:aws:g-1' }, false],
    ['Bool', { k: 'true' }, { k: 'True' }, true],
    ['Bool', { k: 'true' }, {}, false],
  ])('%s %j with %j: %s', (operator, condition, context, expected) => {
    const statement = { ...READ, Condition: { [operator]: condition } };
    expect(isAllowed([statement], { ...get, context })).toBe(expected);
  });

  it.each<[string, Statement[], boolean]>([
    ['a boundary that allows it too', [{ ...READ, Action: '*' }], true],
    ['a boundary that does not', [{ ...READ, Action: 's3:List*' }], false],
    ['a boundary that denies it', [READ, DENY], false],
  ])('%s', (_, boundary, expected) => {
    expect(isAllowed([READ], get, boundary)).toBe(expected);
  });

  it('refuses to judge several values by an operator for one', () => {
    const context = { 'kms:ViaService': ['s3.eu-west-1.amazonaws.com'] };
    const call = { action: 'kms:Decrypt', resource: 'arn:key', context };
    expect(() => isAllowed([VIA_S3], call)).toThrow('several values');
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

describe('mayAssume', () => {
  const trust = [
    {
      Effect: 'Allow',
      Principal: { Federated: 'arn:github' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'github:sub': ['a', 'b'] } },
    },
  ];

  it.each([
    ['arn:github', { 'github:sub': 'b' }, true],
    ['arn:github', { 'github:sub': 'c' }, false],
    ['arn:github', {}, false],
    ['arn:gitlab', { 'github:sub': 'b' }, false],
  ])('a token of %s with %j: %s', (provider, claims, expected) => {
    expect(mayAssume(trust, provider, claims)).toBe(expected);
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
