import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../../scripts/build.ts';
import { functionsOfTerraform } from '../../../scripts/deploy/terraform-functions.ts';
import { zipOf } from '../../../scripts/deploy/zip-functions.ts';
import { problemsOf } from '../../../scripts/deploy-check.ts';

const FUNCTIONS_TF = join(import.meta.dirname, '../../../terraform/functions.tf');

describe('functionsOfTerraform', () => {
  it('finds what Terraform deploys, among it every function that is built', async () => {
    const described = functionsOfTerraform(await readFile(FUNCTIONS_TF, 'utf8'));
    expect(described).toEqual(expect.arrayContaining([...FUNCTIONS]));
    expect(described).toHaveLength(8);
  });

  it('says when the file is not as it expects', () => {
    expect(() => functionsOfTerraform('locals {}')).toThrow('every_function');
  });
});

describe('problemsOf', () => {
  it('names what is described and not built, and the other way round', () => {
    expect(problemsOf(['a', 'b'], ['b', 'c'])).toEqual([
      expect.stringMatching(/^a: .*handlers\/ has no such file/),
      expect.stringMatching(/^c: .*does not describe it/),
    ]);
    expect(problemsOf(['a'], ['a'])).toEqual([]);
  });
});

describe('zipOf', () => {
  it('depends on names and contents alone', async () => {
    const file = { name: 'index.mjs', contents: Buffer.from('export const handler = 1;') };
    const other = { ...file, contents: Buffer.from('export const handler = 2;') };
    expect((await zipOf([file])).equals(await zipOf([file]))).toBe(true);
    expect((await zipOf([file])).equals(await zipOf([other]))).toBe(false);
  });
});
