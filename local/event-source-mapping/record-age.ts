import type { LaneRecord } from './kinesis-event.ts';

export interface AgeSplit {
  /** To be delivered, in order. */
  live: readonly LaneRecord[];
  /** Too old: each run of neighbours becomes one failure record (how AWS groups them is undocumented). */
  expiredRuns: LaneRecord[][];
}

/** Judges the age record by record: an expired one leaves, its neighbours stay [AWS]. A maximum of -1 keeps all. */
export function splitByAge(
  records: readonly LaneRecord[],
  nowMs: number,
  maximumRecordAgeSeconds: number,
): AgeSplit {
  if (maximumRecordAgeSeconds === -1) return { live: records, expiredRuns: [] };
  const live: LaneRecord[] = [];
  const expiredRuns: LaneRecord[][] = [];
  let run: LaneRecord[] | undefined;
  for (const record of records) {
    if (nowMs - record.arrivalMs <= maximumRecordAgeSeconds * 1000) {
      live.push(record);
      run = undefined;
    } else if (run) {
      run.push(record);
    } else {
      run = [record];
      expiredRuns.push(run);
    }
  }
  return { live, expiredRuns };
}
