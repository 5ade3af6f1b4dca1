import {
  appendFileSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { AppendLog, DamagedLogError, LogWriteError } from '../../../local/kinesis/append-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  // One of two bytes still fits.
  const writeSync = (fd: number, bytes: Buffer, from: number, length: number, at: number) => {
    if (!disk.isFull) return fs.writeSync(fd, bytes, from, length, at);
    fs.writeSync(fd, bytes, from, length >> 1, at);
    throw full;
  };
  return { ...fs, writeSync };
});

const entriesOf = (folder: string) => {
  const entries: string[] = [];
  const log = new AppendLog(folder, (entry) => entries.push(entry.toString()));
  return { log, entries };
};

async function written(texts: string[]): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder('log');
  const { log } = entriesOf(folder);
  await Promise.all(texts.map((text) => log.append(Buffer.from(text))));
  log.close();
  return { folder, path: join(folder, 'journal-v1.log') };
}

describe('AppendLog', () => {
  it('keeps entries in the order of their appends, and finds each again', async () => {
    const texts = Array.from({ length: 300 }, (_, n) => `${n}`.repeat(1 + ((n * 7919) % 20_000)));
    const folder = await temporaryFolder('log');
    const { log } = entriesOf(folder);
    const places = await Promise.all(texts.map((text) => log.append(Buffer.from(text))));
    expect(places.map((place) => log.read(place).toString())).toEqual(texts);
    log.close();
    const again = entriesOf(folder);
    expect(again.entries).toEqual(texts);
    expect(places.toReversed().map((place) => again.log.read(place).toString())).toEqual(
      texts.toReversed(),
    );
    again.log.close();
  });

  it('goes on after a write that was cut off anywhere, without what was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40), async (cut) => {
        const { folder, path } = await written(['one', 'two']);
        const whole = statSync(path).size;
        appendFileSync(path, readFileSync(path).subarray(0, Math.min(cut, 10)));
        const { log, entries } = entriesOf(folder);
        expect(entries).toEqual(['one', 'two']);
        expect(statSync(path).size).toBe(whole);
        await log.append(Buffer.from('three'));
        log.close();
        const again = entriesOf(folder);
        expect(again.entries).toEqual(['one', 'two', 'three']);
        again.log.close();
      }),
      { numRuns: 20 },
    );
  });

  it('drops the zeros that a power cut leaves', async () => {
    const { folder, path } = await written(['one']);
    appendFileSync(path, Buffer.alloc(5000));
    const { log, entries } = entriesOf(folder);
    expect(entries).toEqual(['one']);
    log.close();
  });

  it.each([
    [
      'a changed byte',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes[9] = 0xff;
        writeFileSync(path, bytes);
      },
      /journal-v1\.log is damaged at byte 0 of/,
    ],
    [
      'a cut at the end of an entry',
      (path: string) => truncateSync(path, 11),
      /has 11 bytes, and had 22/,
    ],
    ['an empty file', (path: string) => truncateSync(path, 0), /has 0 bytes, and had 22/],
    ['no file', (path: string) => rmSync(path, { force: true }), /journal-v1\.log is missing/],
    [
      'foreign text',
      (path: string) => writeFileSync(path, 'x'.repeat(100)),
      /is damaged at byte 0/,
    ],
  ])('says that it is damaged, and where: %s', async (_, damage, message) => {
    const { folder, path } = await written(['one', 'two']);
    damage(path);
    expect(() => entriesOf(folder)).toThrow(DamagedLogError);
    expect(() => entriesOf(folder)).toThrow(message);
  });

  it.each([
    ['cut', (path: string) => truncateSync(path, 3), /had 11 while it was in use/],
    ['deleted', (path: string) => rmSync(path), /was deleted while it was in use/],
  ])('takes nothing more once its file is %s', async (_, damage, message) => {
    const folder = await temporaryFolder('log');
    const { log } = entriesOf(folder);
    await log.append(Buffer.from('one'));
    damage(log.path);
    await expect(log.append(Buffer.from('two'))).rejects.toThrow(message);
    await expect(log.append(Buffer.from('three'))).rejects.toThrow(DamagedLogError);
    log.close();
  });

  it('refuses what a full disk does not take, keeps nothing of it, and goes on', async () => {
    const folder = await temporaryFolder('log');
    const { log } = entriesOf(folder);
    await log.append(Buffer.from('one'));
    disk.isFull = true;
    await expect(log.append(Buffer.from('two'))).rejects.toThrow(LogWriteError);
    await expect(log.append(Buffer.from('two'))).rejects.toThrow(/the disk is full/);
    disk.isFull = false;
    await log.append(Buffer.from('three'));
    log.close();
    const again = entriesOf(folder);
    expect(again.entries).toEqual(['one', 'three']);
    again.log.close();
  });
});
