import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStack } from '../../../scripts/query/athena-stack.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const OUTPUTS = {
  region: { value: 'eu-west-2', type: 'string', sensitive: false },
  archive_bucket: { value: 'archive-1' },
  athena_workgroup: { value: 'orchestrator' },
  glue_database: { value: 'orchestrator' },
  something_else: { value: ['more'] },
};

async function stackFile(text: string): Promise<string> {
  const path = join(await temporaryFolder('stack'), 'outputs.json');
  await writeFile(path, text);
  return path;
}

describe('readStack', () => {
  it('reads what terraform output -json wrote', async () => {
    expect(await readStack(await stackFile(JSON.stringify(OUTPUTS)))).toEqual({
      region: 'eu-west-2',
      archive_bucket: 'archive-1',
      athena_workgroup: 'orchestrator',
      glue_database: 'orchestrator',
    });
  });

  it('reads outputs that are values alone', async () => {
    const values = Object.entries(OUTPUTS).map(([name, { value }]) => [name, value]);
    const text = JSON.stringify(Object.fromEntries(values));
    expect(await readStack(await stackFile(text))).toMatchObject({ region: 'eu-west-2' });
  });

  it('names every output that is missing', async () => {
    const { region, ...others } = OUTPUTS;
    const path = await stackFile(JSON.stringify({ ...others, glue_database: { value: '' } }));
    await expect(readStack(path)).rejects.toThrow(/region.*glue_database/);
  });

  it('says what is wrong with a file', async () => {
    await expect(readStack('/nowhere/outputs.json')).rejects.toThrow(
      '--stack /nowhere/outputs.json',
    );
    await expect(readStack(await stackFile('no'))).rejects.toThrow('terraform output -json');
  });
});
