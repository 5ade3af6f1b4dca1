import { appendFileSync } from 'node:fs';
import { open, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** Fills the disk of a folder to the last byte; returns the file that does it. */
export function fill(folder: string): string {
  const filler = join(folder, 'filler');
  for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 8))
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  return filler;
}

export const removed = (path: string): Promise<void> => rm(path, { recursive: true });

export async function cut(path: string): Promise<void> {
  const { size } = await stat(path);
  await truncate(path, size - 100);
}

/** Overwrites bytes at a share of the file's length. */
export const overwritten =
  (share: number) =>
  async (path: string): Promise<void> => {
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    await file.write(
      Buffer.alloc(Math.min(64, size), 0xa5),
      0,
      undefined,
      Math.floor(size * share),
    );
    await file.close();
  };
