import { closeSync, copyFileSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ItemStore } from '../../../local/target/item-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const OVERWRITTEN_BYTES = 64;
const PLACES = 60;

/** The ids that a store gives back, or the reason why it does not open. */
function read(path: string): string[] | string {
  try {
    const store = new ItemStore(path);
    const ids = store.list().map(({ id }) => id);
    store.close();
    return ids;
  } catch (error) {
    return (error as Error).message;
  }
}

it('starts with all of its items, or says that its database is damaged, wherever that is overwritten', async () => {
  const folder = await temporaryFolder('target');
  const whole = join(folder, 'whole.db');
  const store = new ItemStore(whole);
  const ids = Array.from({ length: 200 }, () => crypto.randomUUID());
  for (const id of ids)
    store.create(
      { id, name: 'n'.repeat(20), body: 'b'.repeat(60), timestamp: 1, brand: 'x' },
      false,
    );
  store.close();
  const { size } = statSync(whole);
  const refusals = Array.from({ length: PLACES }, (_, place) => {
    const path = join(folder, `${place}.db`);
    copyFileSync(whole, path);
    const file = openSync(path, 'r+');
    const at = Math.floor(((size - OVERWRITTEN_BYTES) * place) / (PLACES - 1));
    writeSync(file, Buffer.alloc(OVERWRITTEN_BYTES, 0xa5), 0, OVERWRITTEN_BYTES, at);
    closeSync(file);
    const found = read(path);
    if (typeof found !== 'string') expect(found).toEqual(ids);
    else expect(found).toMatch(/^cannot open the database \S+\.db: .*Restore it from a copy/);
    return typeof found === 'string';
  });
  expect(refusals.filter(Boolean).length).toBeGreaterThan(PLACES / 2);
});
