import { open } from 'node:fs/promises';

/** Returns the last bytes of a file as text; empty where there is no such file. */
export async function tailOfFile(path: string, bytes: number): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, bytes)),
      position: Math.max(0, size - bytes),
    });
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
