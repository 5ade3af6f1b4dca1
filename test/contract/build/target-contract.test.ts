import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildHandlers } from '../../../scripts/build.ts';
import { DEFAULT_CONTRACT_DIR, readContract } from '../../../scripts/target-contract.ts';
import { runCommand } from '../../support/start-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const PROBE = { probe: 'test/contract/build/fixtures/says-contract.ts' };

/** A copy of the default contract in a folder of its own. */
async function copyOfDefault(): Promise<string> {
  const folder = join(await temporaryFolder('contract'), 'theirs');
  await cp(DEFAULT_CONTRACT_DIR, folder, { recursive: true });
  return folder;
}

async function contractInBundle(outDir: string): Promise<unknown> {
  const bundle = pathToFileURL(join(outDir, 'probe/index.mjs')).href;
  const { contract } = (await import(bundle)) as { contract: unknown };
  return contract;
}

describe('the build', () => {
  it('puts the contract into the bundle, and names it beside it', async () => {
    const outDir = await temporaryFolder('bundles');
    const folder = await copyOfDefault();
    await writeFile(
      join(folder, 'create.graphql'),
      `# theirs "\`$\n${await readFile(join(folder, 'create.graphql'), 'utf8')}`,
    );
    const contract = await readContract(folder);
    await buildHandlers(outDir, PROBE, contract);
    expect(await contractInBundle(outDir)).toEqual(contract.files);
    const named = JSON.parse(await readFile(join(outDir, 'target-contract.json'), 'utf8'));
    expect(named).toEqual({ folder, sha256: contract.sha256 });
    expect(contract.sha256).not.toBe((await readContract()).sha256);
  });

  it('takes the default contract, and gives the same bytes twice', async () => {
    const [first, second] = [await temporaryFolder('bundles'), await temporaryFolder('bundles')];
    for (const outDir of [first, second]) await buildHandlers(outDir, PROBE);
    expect(await contractInBundle(first)).toEqual((await readContract()).files);
    for (const file of ['probe/index.mjs', 'target-contract.json'])
      expect(await readFile(join(second, file))).toEqual(await readFile(join(first, file)));
  });
});

describe('readContract', () => {
  it('compiles the default contract', async () => {
    expect(await readContract()).toMatchObject({
      folder: 'target',
      sha256: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
  });

  it('reads a contract without a lookup, and one with byte order marks', async () => {
    const folder = await copyOfDefault();
    const { create } = JSON.parse(await readFile(join(folder, 'contract.json'), 'utf8'));
    await writeFile(join(folder, 'contract.json'), `\uFEFF${JSON.stringify({ create })}`);
    await rm(join(folder, 'lookup.graphql'));
    const { files } = await readContract(folder);
    expect(Object.keys(files)).toEqual(['create.graphql', 'contract.json']);
  });

  it('names every file that is missing or misnamed', async () => {
    const folder = await temporaryFolder('contract');
    await writeFile(join(folder, 'lookup.gql'), '');
    await writeFile(join(folder, 'README.md'), '');
    await expect(readContract(folder)).rejects.toMatchObject({
      problems: [
        `${folder}/lookup.gql: is not read; call it lookup.graphql`,
        `${folder}/create.graphql: is missing`,
        `${folder}/contract.json: is missing`,
      ],
    });
    await expect(readContract(join(folder, 'none'))).rejects.toThrow(
      /none\/: there is no such folder/,
    );
  });
});

/** Everything that is wrong, a line each, and exit code 2. */
const BAD = {
  code: 2,
  stdout: '',
  stderr: expect.stringMatching(/create\.graphql:1:1: .*\n.*lookup\.graphql:1:1: /),
};

describe.each([
  ['build', []],
  ['deploy-check', ['--json']],
  ['start', ['--base-port', '0']],
  ['demo', []],
])('npm run %s', (command, flags) => {
  it('refuses a bad contract with all of its problems', async () => {
    const folder = await copyOfDefault();
    await writeFile(join(folder, 'create.graphql'), 'query a { a }');
    await writeFile(join(folder, 'lookup.graphql'), 'mutation a { a }');
    expect(await runCommand(command, [...flags, '--target-contract', folder])).toMatchObject(BAD);
  });
});

it('deploy:check names the contract that is deployed', async () => {
  const folder = await copyOfDefault();
  const outDir = await temporaryFolder('zips');
  const flags = ['--json', '--out', outDir, '--target-contract', folder];
  const { stdout } = await runCommand('deploy-check', flags);
  const { sha256 } = await readContract();
  expect(JSON.parse(stdout)).toMatchObject({ targetContract: { folder, sha256 } });
});
