/** What an invocation came to; logged for each batch. */
export interface BatchReport {
  records: number;
  delivered: number;
  deadLettered: number;
  /** Records that had been settled by this environment before. */
  repeated: number;
  calls: number;
  throttled: number;
  /** Where Lambda has to deliver from again; absent when everything is settled. */
  lowestUnsettled: string | undefined;
}

export function emptyReport(records: number, repeated: number): BatchReport {
  return {
    records,
    delivered: 0,
    deadLettered: 0,
    repeated,
    calls: 0,
    throttled: 0,
    lowestUnsettled: undefined,
  };
}
