import { readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FlowNumbers } from '../../lib/console/flow-numbers.ts';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import { endAll, HELD, operate, send, sendAndEnd, start, stop } from '../support/operator.ts';
import { runCommand, startCommand } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

it('fills an empty target again from the archive alone, at its pace, over an interruption', async () => {
  const folder = await temporaryFolder('replay');
  const [dataDir, acked] = [join(folder, 'data'), join(folder, 'acked.txt')];
  const first = await start(dataDir);
  const ids = await sendAndEnd(dataDir, 150, acked);
  const events = ids.length;
  await stop(first);
  // A stopped run can be read.
  expect(await operate('audit', dataDir, ['--acked', acked])).toMatchObject(HELD);

  for (const file of readdirSync(dataDir))
    if (/^(target|dynamodb)\.sqlite/.test(file)) rmSync(join(dataDir, file), { recursive: true });
  const second = await start(dataDir);
  const { target } = second.endpoints;
  expect(await readTargetIds(target)).toEqual([]);
  const dry = await operate('replay', dataDir, ['--from', '1h']);
  expect(dry).toMatchObject({ code: 0, answer: { dryRun: true, events, ratePerSecond: 20 } });
  const intoEmpty = await operate('replay', dataDir, ['--from', '1h', '--into-empty-target']);
  expect(intoEmpty).toMatchObject({ answer: { events, ratePerSecond: 40 } });
  expect(await readTargetIds(target)).toEqual([]);

  const checkpoint = join(folder, 'run.jsonl');
  const how = ['--execute', '--reason', 'target lost', '--rate', '30', '--checkpoint', checkpoint];
  const running = startCommand('replay', ['--from', '1h', '--data-dir', dataDir, ...how]);
  await waitUntil(
    'some events at the target',
    async () => (await readTargetIds(target)).length > 20,
  );
  running.killGroup('SIGINT');
  const stopped = await running.exited;
  expect(stopped.code).toBe(1);
  expect(stopped.stdout).toContain(
    `npm run replay -- --resume ${checkpoint} --data-dir ${dataDir}`,
  );

  const rest = await operate<{ appended: number }>('replay', dataDir, ['--resume', checkpoint]);
  expect(rest.code).toBe(0);
  expect(rest.answer.appended).toBeLessThan(events - 20);
  await waitUntil('every event at the target again', async () => {
    return (await readTargetIds(target)).length >= events;
  });
  expect((await readTargetIds(target)).toSorted()).toEqual(ids.toSorted());
  await waitUntil('the archive of the whole replay', async () => {
    const { answer } = await operate<AuditReport>('audit', dataDir, []);
    return answer.unarchived.facts === 0 && answer.archive.facts >= 4 * events;
  });
  const audit = await operate<AuditReport>('audit', dataDir, ['--acked', acked]);
  expect(audit).toMatchObject({
    ...HELD,
    answer: { events: { received: events, replayed: events } },
  });

  // Two for each event and run; more where a busy machine stored an event twice.
  const { facts, repeated } = audit.answer.archive;
  const traced = async (...flags: string[]) => {
    const trace = await runCommand('trace', [ids[0] ?? '', ...flags, '--data-dir', dataDir]);
    expect(trace.stdout).toMatch(
      /received, durable.*attempt 1: delivered.*replayed by.*target lost.*attempt 1: delivered/s,
    );
    return trace.stdout;
  };
  expect(await traced()).toContain('does not hold its beginning');
  const projected = await operate('project', dataDir, []);
  expect(projected).toMatchObject({ code: 0, answer: { written: facts - repeated, unsettled: 0 } });
  await waitUntil('the status table to hold the replay', async () => {
    const { answer } = await operate<{ facts: { where: string }[] }>('trace', dataDir, [
      ids[0] ?? '',
    ]);
    return answer.facts.length >= 4 && answer.facts.every(({ where }) => where === 'status table');
  });
  expect(await traced()).toContain('by the status table');
  expect(await traced('--follow')).toContain('by the status table');
  expect(await traced('--archive')).toContain('by the archive');
  expect((await stop(second)).code).toBe(0);
  expect(await traced()).toContain('by the archive');
});

it('pauses dispatch over a restart, loses nothing, and says what has piled up', async () => {
  const folder = await temporaryFolder('pause');
  const [dataDir, acked] = [join(folder, 'data'), join(folder, 'acked.txt')];
  const first = await start(dataDir);
  expect(await operate('pause', dataDir, [])).toMatchObject({ code: 0, answer: { paused: true } });
  const known = await send(dataDir, 40, acked);
  // Dispatch will deliver them: none is to be sent again, however young they may be.
  const planned = await operate('replay', dataDir, ['--undelivered', '--older-than', '0s']);
  expect(planned).toMatchObject({ code: 0, answer: { events: 0 } });
  for (const which of ['--undelivered', '--dead-lettered']) {
    const flags = [which, '--execute', '--reason', 'x', '--data-dir', dataDir];
    const refused = await runCommand('replay', flags);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('npm run resume') });
  }
  expect(await operate<FlowNumbers>('status', dataDir, [])).toMatchObject({
    code: 0,
    answer: {
      ...{ dispatch: { state: 'Disabled' }, rate: { allowed: 200 }, problems: [] },
      counts: { received: expect.any(Number), delivered: 0 },
      backlog: { count: expect.any(Number), isAll: true },
    },
  });
  first.killGroup('SIGKILL');
  expect((await first.exited).stderr).toMatch(/^\d\d:\d\d:\d\d {2}Dispatch is paused/m);

  // Slow enough that most still wait when they are counted.
  const second = await start(dataDir, ['--rate', '10']);
  const outcomes = startCommand('tail', ['--type=delivered', '--json', '--data-dir', dataDir]);
  expect(await readTargetIds(second.endpoints.target)).toEqual([]);
  const resumed = await operate<{ events: number }>('resume', dataDir, []);
  const ids = await endAll(dataDir, known);
  outcomes.killGroup('SIGTERM');
  const { code, stdout } = await outcomes.exited;
  const tailed = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).eventId);
  expect({ code, ids: tailed.toSorted() }).toEqual({ code: 0, ids: ids.toSorted() });
  expect(resumed).toMatchObject({
    code: 0,
    answer: { running: true, events: expect.any(Number), ratePerSecond: 10 },
  });
  // Dispatch starts while they are counted, so some may be gone by then; none is counted twice.
  expect(resumed.answer.events).toBeGreaterThan(0);
  expect(resumed.answer.events).toBeLessThanOrEqual(ids.length);
  const { stderr } = await stop(second);
  expect(stderr).toContain('DISPATCH IS PAUSED');
});

it('works by the outputs of Terraform as well', async () => {
  const folder = await temporaryFolder('stack');
  const [dataDir, acked] = [join(folder, 'data'), join(folder, 'acked.txt')];
  const run = await start(dataDir);
  await sendAndEnd(dataDir, 10, acked);
  const { endpoints } = run;
  const outputs = {
    region: endpoints.region,
    stream_name: endpoints.stream,
    archive_bucket: endpoints.archiveBucket,
    spill_bucket: endpoints.spillBucket,
    failures_bucket: endpoints.failuresBucket,
    dispatch_mapping_uuid: endpoints.dispatchMappingUuid,
    dispatch_function_name: endpoints.dispatchFunctionName,
    dispatch_table: endpoints.dispatchTable,
  };
  const file = join(folder, 'outputs.json');
  await writeFile(file, JSON.stringify(outputs));
  const environment = {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_KINESIS: endpoints.kinesis,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamoDb,
    AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
  };
  const on = async (command: string, ...flags: string[]) => {
    const result = await runCommand(command, [...flags, '--stack', file, '--json'], environment);
    return { ...result, answer: result.stdout === '' ? result.stderr : JSON.parse(result.stdout) };
  };
  expect(await on('audit', '--acked', acked)).toMatchObject({
    code: 0,
    answer: { holds: true },
  });
  expect(await on('pause')).toMatchObject({ code: 0, answer: { paused: true } });
  expect(await on('resume')).toMatchObject({ code: 0, answer: { running: true, events: 0 } });
  const replay = await on(
    'replay',
    '--limit',
    '3',
    '--execute',
    '--reason',
    'test',
    '--checkpoint',
    join(folder, 'r'),
  );
  expect(replay).toMatchObject({ code: 0, answer: { appended: 3, refused: [] } });
  expect((await stop(run)).code).toBe(0);
});
