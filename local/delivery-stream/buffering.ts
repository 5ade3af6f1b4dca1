export interface BufferFill {
  bytes: number;
  /** Absent while the buffer is empty. */
  openedAtMs: number | undefined;
}

export interface BufferLimits {
  bufferBytes: number;
  bufferIntervalMs: number;
}

/** Whether the object is to be closed now: size or time, whichever comes first. */
export function isDue(fill: BufferFill, limits: BufferLimits, nowMs: number): boolean {
  return isFull(fill, limits) || nowMs >= dueAtMs(fill, limits);
}

export function isFull(fill: BufferFill, limits: BufferLimits): boolean {
  return fill.bytes >= limits.bufferBytes;
}

/** When time will close the object; never (Infinity) while the buffer is empty. */
export function dueAtMs(fill: BufferFill, limits: BufferLimits): number {
  if (fill.openedAtMs === undefined) return Number.POSITIVE_INFINITY;
  return fill.openedAtMs + limits.bufferIntervalMs;
}
