import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { AuditReport } from '../../../lib/replay/audit.ts';
import { received } from '../../support/timed-facts.ts';
import { startArchiveLab } from './archive-lab.ts';
import { generateArchive } from './generate.ts';
import { runMeasured } from './measured-process.ts';

const COMMAND = join(import.meta.dirname, '../../../scripts/run.mjs');
const PARTITION = 'facts/dt=2026-03-01/hh=12/';
const LARGE_BYTES = 100 * 1024 * 1024;

/** An archive in which much is wrong: all of it is reported, and the rest is read. */
export async function measureDamage(): Promise<void> {
  const lab = await startArchiveLab();
  try {
    const { facts } = await generateArchive(lab.archive, 20_000);
    const put = (name: string, body: Uint8Array | string) =>
      lab.archive.put(`${PARTITION}${name}`, body, { contentType: 'application/octet-stream' });
    const whole = gzipSync(linesOf(1000));
    await put('1-cut.gz', whole.subarray(0, whole.byteLength >> 1));
    const changed = Buffer.from(whole);
    randomBytes(100).copy(changed, whole.byteLength >> 1);
    await put('2-changed.gz', changed);
    await put('3-cut-line.gz', gzipSync(linesOf(2).slice(0, -40)));
    await put('4-foreign.txt', 'Dear reader, this is no archive.');
    await put('5-empty.gz', '');
    const large = LARGE_BYTES / Buffer.byteLength(linesOf(1));
    await put('6-large.gz', gzipSync(linesOf(large), { level: 1 }));
    const { code, stdout, seconds, maxRssMiB } = await runMeasured(COMMAND, [
      ...['audit', '--json', '--pending-within', '36500d', '--data-dir', lab.dataDir],
    ]);
    const { archive, damages } = JSON.parse(stdout) as AuditReport;
    console.log(`\nAn audit of ${facts} facts, damaged objects, and one of 100 MiB (uncompressed)`);
    console.log(`exit code ${code}, ${seconds.toFixed(1)} s, max RSS ${maxRssMiB.toFixed(0)} MiB`);
    console.log(`${archive.facts} facts read, ${archive.damaged} damaged places:`);
    for (const { key, line, detail } of damages)
      console.log(`  ${key.slice(PARTITION.length)}:${line}: ${detail.slice(0, 100)}`);
  } finally {
    await lab.stop();
  }
}

let made = 0;

function linesOf(count: number): string {
  const lines: string[] = [];
  for (let index = 0; index < count; index++) {
    const fact = received(`${made++}-${randomBytes(8).toString('hex')}`);
    lines.push(Buffer.from(encodeFact(fact)).toString());
  }
  return `${lines.join('\n')}\n`;
}
