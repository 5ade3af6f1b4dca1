import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import colors from 'picocolors';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../../lib/log.ts';
import { main as audit } from '../../../scripts/audit.ts';
import { readNamedQueries } from '../../../scripts/query/named-query.ts';
import type { ParameterName } from '../../../scripts/query/parameters.ts';
import { main as query } from '../../../scripts/query.ts';
import { main as replay } from '../../../scripts/replay.ts';
import { main as trace } from '../../../scripts/trace.ts';
import { archiveFolder } from '../../support/archive-folder.ts';
import { captureOutput } from '../../support/captured-output.ts';
import { HOSTILE, UNSAFE_OUTPUT } from '../../support/hostile-text.ts';
import { deadLetteredFact, deferredFact, receivedFact } from '../../support/sample-facts.ts';

const RED = '\u001b[31mRED\u001b]0;title\u0007\r\nSECOND LINE';
const AT = '2026-01-01T00:00:00.000Z';

/** Ids as ingest takes them: no C0, but everything else. */
const IDS = HOSTILE.map(
  (text, index) => `${text.replaceAll(/(?![\u0080-\u009f])\p{Cc}/gu, '')}-${index}`,
);

/** Facts with hostile text wherever text can stand. */
const FACTS = IDS.flatMap((eventId, index) => {
  const text = `${HOSTILE[index]} ${RED}`;
  const error = { code: text, message: text, status: 503 };
  const attempts = [{ at: AT, ms: 1, outcome: 'unknown' as const, status: null, error: text }];
  const replay = { runId: text, reason: text };
  const payload = { id: eventId, name: text, body: text, [text]: text, timestamp: 1 };
  const about = { eventId, at: AT, keyName: text, requestId: text };
  return [
    receivedFact({ ...about, payload }),
    deferredFact({ eventId, attempts, error }),
    receivedFact({ ...about, payload, replay }),
    deadLetteredFact({ eventId, attempts, error, payload, replay }),
  ];
});

const QUERIES = await readNamedQueries();

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hostile-'));
  const { put } = archiveFolder(dataDir);
  await put('hostile', FACTS, [`{"v":1,"type":"${HOSTILE[3]}"}`, `no fact ${HOSTILE.join(' ')}`]);
  return () => rm(dataDir, { recursive: true });
});

const printed = captureOutput();
const output = printed.text;
const where = () => ['--data-dir', dataDir];

/** Lines that the text of an event has made. */
const forged = () => output().match(/^SECOND LINE(?!-).*$/gm) ?? [];

describe('hostile events', () => {
  it.each(IDS)(
    'are traced on a terminal and as JSON without control characters: %j',
    async (id) => {
      expect(await trace([id, ...where()])).toBe(0);
      expect(output()).toContain('\\u001b[31mRED');
      expect(await trace(['--json', id, ...where()])).toBe(0);
      expect(output()).not.toMatch(UNSAFE_OUTPUT);
      expect(forged()).toEqual([]);
    },
  );

  it('are audited', async () => {
    const acked = join(dataDir, 'acked.txt');
    await writeFile(acked, IDS.map((id) => `${id}missing`).join('\n'));
    const range = ['--to', '2026-01-02', '--pending-within', '1s', '--all'];
    expect(await audit([...range, '--acked', acked, ...where()])).toBe(1);
    expect(output()).toContain('missing');
    printed.clear();
    expect(await audit([...range, '--json', ...where()])).toBe(1);
    expect(JSON.parse(output())).toMatchObject({ events: { received: IDS.length } });
    expect(output()).not.toMatch(UNSAFE_OUTPUT);
    expect(forged()).toEqual([]);
  });

  it('are planned for a replay', async () => {
    const ids = IDS.map((id) => `"${id}"`).join();
    expect(await replay(['--from', '2025-12-31', '--ids', ids, ...where()])).toBe(0);
    expect(output()).toContain(`${IDS.length} events`);
    const unknown = ['--ids', `"${IDS[4]}-is-not-there"`, ...where()];
    expect(await replay([...unknown, '--json'])).toBe(1);
    expect(JSON.parse(printed.lines.at(-1) ?? '')).toMatchObject({
      notFound: [`${IDS[4]}-is-not-there`],
    });
    expect(await replay(unknown)).toBe(1);
    expect(output()).not.toMatch(UNSAFE_OUTPUT);
    expect(forged()).toEqual([]);
  });

  it.each(QUERIES)('are queried, as a table, CSV and JSON: $name', async (each) => {
    const about: Partial<Record<ParameterName, string[]>> = {
      event_id: ['--event-id', IDS[0] ?? ''],
      request_id: ['--request-id', 'r'],
      older_than: ['--minutes', '0'],
    };
    const asked = [
      each.name,
      ...each.parameters.flatMap((parameter) => about[parameter] ?? []),
      ...['--from', '2025-12-31', '--to', '2026-01-03', ...where()],
    ];
    for (const format of [[], ['--csv'], ['--json']])
      expect(await query([...asked, ...format])).toBe(0);
    expect(output().replaceAll('\r\n', '\n')).not.toMatch(UNSAFE_OUTPUT);
    expect(forged()).toEqual([]);
  });

  it('are logged by the functions on one line', () => {
    const log = createLog('dispatch', { write: (line) => void printed.lines.push(line) });
    for (const text of HOSTILE) log.error(text, { eventId: text, [text]: { error: text } });
    expect(output()).not.toMatch(UNSAFE_OUTPUT);
    expect(printed.lines).toHaveLength(HOSTILE.length);
    expect(printed.lines.map((line) => JSON.parse(line).message)).toEqual(HOSTILE);
  });

  it('cannot style what is printed where there are colours', async () => {
    vi.spyOn(colors, 'isColorSupported', 'get').mockReturnValue(true);
    const id = IDS[0] ?? '';
    const commands: [() => Promise<number>, number, string][] = [
      [() => trace([id, ...where()]), 0, 'dead-lettered'],
      [() => audit(['--to', '2026-01-02', '--pending-within', '1s', ...where()]), 1, 'received'],
      [() => replay(['--ids', `"${id}"`, ...where()]), 0, 'dry run'],
      [() => query(['--sql', 'SELECT payload FROM facts', ...where()]), 0, 'SECOND LINE'],
    ];
    for (const [run, code, text] of commands) {
      printed.clear();
      expect(await run()).toBe(code);
      expect(output()).toContain(text);
      expect(output()).not.toMatch(UNSAFE_OUTPUT);
    }
  });
});
