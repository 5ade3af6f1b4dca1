import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { buildHandlers } from '../../../scripts/build.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('puts OpenTelemetry into project alone: nothing of it runs while events are accepted or delivered', async () => {
  const bundles = await buildHandlers(await temporaryFolder('bundles'));
  const withIt: string[] = [];
  for (const { name, path } of bundles) {
    const { sources } = JSON.parse(await readFile(`${path}.map`, 'utf8')) as { sources: string[] };
    if (sources.some((source) => source.includes('@opentelemetry'))) withIt.push(name);
  }
  expect(withIt).toEqual(['project']);
});
