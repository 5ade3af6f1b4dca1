const firstMs = 200;
const longestMs = 30_000;

/**
 * How long to wait before trying again after `failures` in a row; 0 after none. AWS waits too, along
 * a curve that is undocumented: this one doubles from 0.2 s to 30 s, with the upper half as jitter.
 */
export function retryBackoffMs(failures: number, random: () => number): number {
  if (failures <= 0) return 0;
  const ceilingMs = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return Math.round((ceilingMs * (1 + random())) / 2);
}
