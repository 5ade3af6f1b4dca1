import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvCell } from '../../../lib/safe-text.ts';
import { UsageError } from '../../../scripts/flags.ts';
import { idInList, idsOf, readIds } from '../../../scripts/id-list.ts';

let file: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ids-'));
  file = join(folder, 'ids.txt');
  return () => rm(folder, { recursive: true });
});

async function idsIn(content: Buffer | string): Promise<string[]> {
  await writeFile(file, content);
  return Array.fromAsync(readIds('ids-file', file));
}

const utf16 = (text: string) => Buffer.from(text, 'utf16le');

describe('a list of ids', () => {
  it.each<[string, Buffer | string]>([
    ['a line each', 'seed-1\nseed-2\nseed-3\n'],
    [
      'with a byte order mark, blanks, blank lines and CRLF',
      '\ufeffseed-1\nseed-2 \n   \nseed-3\r\n',
    ],
    ['in UTF-16, little-endian', utf16('\ufeffseed-1\r\nseed-2\r\nseed-3\r\n')],
    ['in UTF-16, big-endian', utf16('\ufeffseed-1\r\nseed-2\r\nseed-3').swap16()],
    ['in UTF-16 without a mark', utf16('seed-1\nseed-2\nseed-3')],
    ['in UTF-16, big-endian, without a mark', utf16('seed-1\nseed-2\nseed-3').swap16()],
    ['with commas', 'seed-1, seed-2,\nseed-3,'],
    ['with semicolons and tabs', 'seed-1;seed-2\tseed-3'],
    ['in quotes', '"seed-1","seed-2"\r\n "seed-3" \r\n'],
    ['of an old Macintosh', 'seed-1\rseed-2\rseed-3'],
  ])('is read %s', async (_, content) => {
    expect(await idsIn(content)).toEqual(['seed-1', 'seed-2', 'seed-3']);
  });

  it.each([
    ['"a, ""b"" ; c"', ['a, "b" ; c']],
    ['a "quoted" id', ['a "quoted" id']],
    ['"never closed', ['"never closed']],
    ["'-NxFirebase", ['-NxFirebase']],
    ["'quoted'", ["'quoted'"]],
    ['Zoë 日本', ['Zoë 日本']],
    ['-Nx\nb', ['-Nx', 'b']],
    [' , ;', []],
  ])('takes %j for %j', (text, ids) => {
    expect(idsOf(text)).toEqual(ids);
  });

  it('gives back what a CSV of ours holds, however the file is cut into pieces', async () => {
    // What ingest takes as an id, but for characters that a CSV of ours shows as escapes.
    const id = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .filter(
        (text) =>
          !/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text) && text.trim() === text,
      );
    await fc.assert(
      fc.asyncProperty(fc.array(id, { minLength: 1, maxLength: 5 }), async (ids) => {
        expect(await idsIn(ids.map(csvCell).join('\r\n'))).toEqual(ids);
      }),
    );
    const many = Array.from({ length: 20_000 }, (_, index) => `ödör-${index}`);
    expect(await idsIn(many.join(','))).toEqual(many);
    expect(await idsIn(utf16(many.join('\r\n')))).toEqual(many);
  });

  it('gives back what a suggested command names', () => {
    const ids = fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => !/[\r\n]/.test(id));
    fc.assert(
      fc.property(ids, (id) => {
        expect(idsOf(idInList(id))).toEqual([id]);
      }),
    );
    for (const id of ["'=1", '"a"', ' a ', 'a,b', '-x']) expect(idsOf(idInList(id))).toEqual([id]);
  });

  it('names a file that cannot be read', async () => {
    const read = (path: string) => Array.fromAsync(readIds('acked', path));
    await expect(read('/nowhere')).rejects.toThrow('--acked /nowhere: there is no such file.');
    await expect(read(join(file, '..'))).rejects.toThrow(UsageError);
  });
});
