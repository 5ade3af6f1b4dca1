import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textTable } from '../../scripts/cost/text-table.ts';
import {
  type Call,
  type Context,
  isAllowed,
  mayAssume,
  type Statement,
} from '../support/policy/evaluate.ts';
import { ATTEMPTS, type Attempt, type Who } from './attempts.ts';
import { callsOf } from './calls.ts';
import {
  allStatementsOf,
  arnsOf,
  deployedRoles,
  statementsOf,
  statementsOfPolicy,
  trustOf,
} from './policies.ts';
import { sdkCallsOf } from './sdk-calls.ts';
import type { Stack } from './stack.ts';
import { isGranted } from './workflow-role.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Calls of the first deployment that the workflow may not make: a person makes it. */
const A_PERSON_CALLS = [
  // To make the stores of events and of results, and the key.
  'dynamodb:CreateTable',
  'dynamodb:UpdateContinuousBackups',
  'dynamodb:UpdateTimeToLive',
  'kinesis:CreateStream',
  'kms:CreateAlias',
  'kms:CreateKey',
  'kms:EnableKeyRotation',
  's3:CreateBucket',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketOwnershipControls',
  's3:PutBucketPolicy',
  's3:PutBucketPublicAccessBlock',
  's3:PutEncryptionConfiguration',
  // To make the roles of the workflows themselves.
  'iam:AttachRolePolicy',
  'iam:CreatePolicy',
  'iam:GetPolicy',
  'iam:GetPolicyVersion',
  // What the provider asks where it may not ask who it is.
  'iam:GetUser',
];

const WHO: Who[] = ['plan', 'deploy', 'audit', 'operator', 'analyst', 'boundary'];
const ROLES = new Set<Who>(['plan', 'deploy', 'audit']);

const statementsOfWho = (stack: Stack, who: Who): Promise<Statement[]> =>
  ROLES.has(who) ? allStatementsOf(stack, `ci-${who}`) : statementsOfPolicy(stack, who);

const inWords = ({ action, resource, context = {} }: Attempt) =>
  `${action} on ${resource} ${JSON.stringify(context)}`;

/** The calls that a workflow's role may make on nothing at all, but for those that a person makes. */
export async function callsRefused(stack: Stack, who: Who, calls: string[]): Promise<string[]> {
  const statements = await statementsOfWho(stack, who);
  return calls.filter((call) => !isGranted(statements, call) && !A_PERSON_CALLS.includes(call));
}

/** The calls that the deployed roles have to make: those of the functions, and all that Firehose may. */
async function callsOfRoles(stack: Stack): Promise<Call[]> {
  const functions = Object.values(callsOf(await arnsOf(stack))).flatMap(({ allowed }) => allowed);
  const firehose = (await statementsOf(stack, 'firehose')).flatMap(({ Action, Resource }) =>
    [Action]
      .flat()
      .flatMap((action) => [Resource].flat().map((resource) => ({ action, resource }))),
  );
  return [...functions, ...firehose];
}

/** Rights by the policies that were written into the account. */
export function describeAccess(deployed: () => Stack): void {
  describe('access', () => {
    it('comes to what the table of attempts says', async () => {
      const rows: string[][] = [];
      const wrong: string[] = [];
      for (const who of WHO) {
        const statements = await statementsOfWho(deployed(), who);
        const mine = ATTEMPTS.filter((attempt) => attempt.who.includes(who));
        const failed = mine.filter(
          (attempt) => isAllowed(statements, attempt) !== (attempt.expected === 'allow'),
        );
        const count = (expected: string) => {
          const all = mine.filter((attempt) => attempt.expected === expected);
          const held = all.filter((attempt) => !failed.includes(attempt));
          return `${held.length} of ${all.length}`;
        };
        rows.push([who, `${count('allow')} allowed`, `${count('deny')} denied`]);
        wrong.push(...failed.map((attempt) => `${who}: ${attempt.expected} ${inWords(attempt)}`));
      }
      console.log(textTable(['who', 'what the work needs', 'what it must not'], rows, 3));
      expect(wrong).toEqual([]);
    });

    it('lets the deploying workflow make every call of a deployment, but for what a person makes', async () => {
      const { calls } = deployed();
      expect(calls.length).toBeGreaterThan(80);
      expect(await callsRefused(deployed(), 'deploy', calls)).toEqual([]);
    });

    it('gives every role that is deployed the boundary, and the workflow its name', async () => {
      const roles = await deployedRoles(deployed());
      const statements = await allStatementsOf(deployed(), 'ci-deploy');
      expect(roles.length).toBeGreaterThanOrEqual(8);
      for (const { name, arn, boundary } of roles) {
        expect(boundary, name).toBe('arn:aws:iam::123456789012:policy/orchestrator-test-boundary');
        const context = { 'iam:PermissionsBoundary': boundary ?? '' };
        const call = { action: 'iam:PutRolePolicy', resource: arn, context };
        expect(isAllowed(statements, call), `${name} is not among deployed_roles`).toBe(true);
      }
    });

    it('has a boundary within which every function can make its calls', async () => {
      const boundary = await statementsOfPolicy(deployed(), 'boundary');
      const ourKey = { 'kms:ResourceAliases': ['alias/orchestrator-test'] };
      const refused = (await callsOfRoles(deployed())).filter(
        (call) => !isAllowed(boundary, { ...call, context: { ...ourKey, ...call.context } }),
      );
      expect(refused).toEqual([]);
    });

    it('lets an operator make every call of the commands', async () => {
      const calls = await sdkCallsOf(join(ROOT, 'scripts/stack/services.ts'));
      const statements = await statementsOfPolicy(deployed(), 'operator');
      expect(calls.size).toBeGreaterThan(12);
      // The object store can do these for recover and the local run; no command does them.
      const unused = ['s3:PutObject', 's3:DeleteObject'];
      const missing = [...calls].filter((call) => !isGranted(statements, call));
      expect(missing.toSorted()).toEqual(unused.toSorted());
    });

    it('lets an analyst make every call of a query', async () => {
      const calls = await sdkCallsOf(join(ROOT, 'lib/aws/athena-query.ts'));
      const statements = await statementsOfPolicy(deployed(), 'analyst');
      expect(calls.size).toBeGreaterThan(3);
      expect([...calls].filter((call) => !isGranted(statements, call))).toEqual([]);
    });
  });

  describeTrust(deployed);
}

const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com';

/** Claims of a token as GitHub gives it to a job. */
const claims = (subject: string, others: Record<string, string> = {}): Context =>
  Object.fromEntries(
    Object.entries({
      aud: 'sts.amazonaws.com',
      sub: subject,
      repository_id: '456',
      ...others,
    }).map(([name, value]) => [`token.actions.githubusercontent.com:${name}`, value]),
  );

const OLD = 'repo:acme/orchestrator';
const NEW = 'repo:acme@123/orchestrator@456';
const ON_MAIN = { ref: 'refs/heads/main' };
const IN_ENVIRONMENT = { environment: 'test', ...ON_MAIN };
const IN_PULL_REQUEST = { ref: 'refs/pull/7/merge' };

/** A token, and the roles that it may take. */
const TOKENS: [string, Context, string[]][] = [
  ...[OLD, NEW].flatMap((repository): [string, Context, string[]][] => [
    ['a pull request', claims(`${repository}:pull_request`, IN_PULL_REQUEST), ['plan']],
    ['main', claims(`${repository}:ref:refs/heads/main`, ON_MAIN), ['plan', 'audit']],
    [
      'the environment on main',
      claims(`${repository}:environment:test`, IN_ENVIRONMENT),
      ['deploy'],
    ],
  ]),
  [
    'the environment on another branch',
    claims(`${OLD}:environment:test`, { ...IN_ENVIRONMENT, ref: 'refs/heads/mine' }),
    [],
  ],
  [
    'another environment',
    claims(`${OLD}:environment:dev`, { ...IN_ENVIRONMENT, environment: 'dev' }),
    [],
  ],
  ['another branch', claims(`${OLD}:ref:refs/heads/mine`, { ref: 'refs/heads/mine' }), []],
  [
    'a repository that took over the name',
    claims(`${OLD}:environment:test`, { ...IN_ENVIRONMENT, repository_id: '999' }),
    [],
  ],
  [
    'an owner that took over the name',
    claims('repo:acme@999/orchestrator@456:ref:refs/heads/main', ON_MAIN),
    [],
  ],
  [
    'a subject that the repository made up',
    claims('repo:acme/orchestrator:ref:refs/heads/main:x', ON_MAIN),
    [],
  ],
  [
    'a token for another audience',
    claims(`${OLD}:ref:refs/heads/main`, { ...ON_MAIN, aud: 'https://github.com/acme' }),
    [],
  ],
];

function describeTrust(deployed: () => Stack): void {
  describe('a token of GitHub', () => {
    it.each(TOKENS)('of %s (%j) may take %j', async (_, context, expected) => {
      const taken: string[] = [];
      for (const role of ['plan', 'audit', 'deploy'])
        if (mayAssume(await trustOf(deployed(), `ci-${role}`), PROVIDER, context)) taken.push(role);
      expect(taken).toEqual(expected);
    });
  });
}
