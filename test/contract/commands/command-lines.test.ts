import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { main as audit } from '../../../scripts/audit.ts';
import { main as query } from '../../../scripts/query.ts';
import { main as replay } from '../../../scripts/replay.ts';
import { main as trace } from '../../../scripts/trace.ts';
import { archiveFolder } from '../../support/archive-folder.ts';
import { captureOutput } from '../../support/captured-output.ts';
import { deliveredFact, receivedFact } from '../../support/sample-facts.ts';

const PUSH_ID = '-NxFirebasePushId';
const SEEDS = ['seed-1', 'seed-2', 'seed-3'];

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'commands-'));
  const { put } = archiveFolder(dataDir);
  const facts = [PUSH_ID, ...SEEDS].flatMap((eventId) => [
    receivedFact({ eventId }),
    deliveredFact({ eventId }),
  ]);
  await put('facts', facts);
  return () => rm(dataDir, { recursive: true });
});

const printed = captureOutput();
const where = () => ['--data-dir', dataDir];
const told = printed.text;

describe('an id that begins with a dash', () => {
  it.each([
    ['trace', () => trace([PUSH_ID, '--json', ...where()])],
    ['trace, behind its flags', () => trace(['--json', ...where(), PUSH_ID])],
    ['trace, by pnpm', () => trace(['--', PUSH_ID, '--json', ...where()])],
  ])('is found by %s', async (_, run) => {
    expect(await run()).toBe(0);
    expect(JSON.parse(told())).toMatchObject({ eventId: PUSH_ID, found: true, state: 'delivered' });
  });

  it('is found by replay, and no other is', async () => {
    expect(await replay(['--ids', PUSH_ID, '--json', ...where()])).toBe(0);
    expect(JSON.parse(told())).toMatchObject({ events: 1, notFound: [] });
  });

  it('is found by query', async () => {
    const range = ['--from', '2025-12-31', '--to', '2026-01-02'];
    expect(await query(['event', '--event-id', PUSH_ID, ...range, '--json', ...where()])).toBe(0);
    const rows = JSON.parse(printed.lines[0] ?? '') as { type: string }[];
    expect(rows.map(({ type }) => type)).toEqual(['received', 'delivered']);
  });
});

describe('the -- of another package manager', () => {
  it('is no argument', async () => {
    // The run is stopped and its archive keeps no versions: nothing speaks for it.
    expect(await audit(['--', '--from', '2025-12-31', '--json', ...where()])).toBe(1);
    expect(JSON.parse(told())).toMatchObject({ events: { received: 4, delivered: 4 } });
  });
});

describe('a list of ids', () => {
  const inFile = async (text: string) => {
    const file = join(dataDir, 'ids.txt');
    await writeFile(file, text);
    return ['--ids-file', file, '--json', ...where()];
  };

  it('is found as a person saved it', async () => {
    const flags = await inFile('\ufeffseed-1\nseed-2 \n   \nseed-3\r\n');
    expect(await replay(flags)).toBe(0);
    expect(JSON.parse(told())).toMatchObject({ events: 3, notFound: [] });
  });

  it('names what is not found, and fails', async () => {
    expect(await replay(await inFile('seed-1;seed-4\nseed-4'))).toBe(1);
    expect(JSON.parse(told())).toMatchObject({ events: 1, notFound: ['seed-4'] });
    printed.clear();
    expect(await replay(['--ids', 'seed-1, seed-5', ...where()])).toBe(1);
    expect(told()).toMatch(/1 of the ids are not among the events received.*:\n {2}seed-5/);
  });

  it('that names nothing is wrong usage', async () => {
    expect(await replay(await inFile('\ufeff \r\n'))).toBe(2);
    expect(told()).toMatch(/--ids-file .*ids\.txt names no event/);
  });
});

describe('a question of a person', () => {
  it('is answered from the archive, and only reads', async () => {
    const sql = 'SELECT count(*) AS facts FROM facts';
    expect(await query(['--sql', sql, '--csv', ...where()])).toBe(0);
    expect(printed.lines[0]).toBe('facts\r\n8');
    const file = join(dataDir, 'question.sql');
    await writeFile(
      file,
      '-- Parameters: from, to\nSELECT count(*) AS n FROM facts WHERE happened_at >= ? AND happened_at < ?;\n',
    );
    expect(await query(['--file', file, '--from', '1d', '--csv', ...where()])).toBe(0);
    expect(printed.lines).toContain('n\r\n0');
    expect(await query(['--sql', 'DROP VIEW facts', ...where()])).toBe(2);
    expect(told()).toContain('statement of type DROP');
  });

  it('is drawn', async () => {
    const range = ['--from', '2025-12-31', '--to', '2026-01-02', ...where()];
    expect(await query(['throughput-by-minute', '--chart', 'delivered', ...range])).toBe(0);
    expect(told()).toMatch(/^minute +delivered\n2026-01-01T00:00Z {2}█+ 4$/m);
    printed.clear();
    expect(await query(['names', '--chart', 'events', ...range])).toBe(2);
    expect(told()).toMatch(/chart/i);
  });

  it.each([
    [['--sql', 'SELECT 1', '--from', '2h'], /does not ask for --from/],
    [['states', '--sql', 'SELECT 1'], /Choose one of a name, --sql and --file/],
    [['--file', '/nowhere.sql'], /--file \/nowhere\.sql cannot be read/],
    [['states', '--csv', '--chart', 'events'], /Choose one of --csv/],
  ])('is refused: %j', async (flags, message) => {
    expect(await query([...flags, ...where()])).toBe(2);
    expect(told()).toMatch(message);
  });
});
