import type { PipelineSettings } from '../../lib/settings.ts';
import { busBill } from './bus-design.ts';
import { journalBill } from './journal-design.ts';
import { busLimits, journalLimits, type Limit, tableLimits } from './limits.ts';
import { type BillLine, totalUsd } from './prices.ts';
import { tableBill } from './table-design.ts';
import {
  type Options,
  shardsFor,
  type TargetBound,
  type Traffic,
  targetBound,
  trafficOf,
  type Workload,
} from './workload.ts';

export interface Design {
  name: 'journal' | 'table' | 'bus';
  /** How a table's column calls it. */
  title: string;
  lines: BillLine[];
  totalUsd: number;
  /** Lowest first. */
  limits: Limit[];
}

export interface Estimate {
  workload: Workload;
  options: Options;
  target: TargetBound;
  traffic: Traffic;
  /** Shards of this system's journal. */
  shards: number;
  designs: Design[];
}

/** A month's bill of this system and of the two other designs for the same workload, and what bounds each. Pure. */
export function estimate(
  workload: Workload,
  settings: PipelineSettings,
  options: Options,
): Estimate {
  const traffic = trafficOf(workload);
  const recordAge = settings.dispatch_maximum_record_age_seconds;
  const retention = settings.stream_retention_hours * 3600;
  return {
    workload,
    options,
    target: targetBound(workload, recordAge === -1 ? retention : Math.min(recordAge, retention)),
    traffic,
    shards: shardsFor(traffic, settings, options),
    designs: [
      design(
        'journal',
        'this system',
        journalBill(traffic, settings, options),
        journalLimits(traffic, settings, options),
      ),
      design('table', 'table and queue', tableBill(traffic, settings), tableLimits(traffic)),
      design('bus', 'event bus', busBill(traffic, settings), busLimits(traffic)),
    ],
  };
}

function design(name: Design['name'], title: string, lines: BillLine[], limits: Limit[]): Design {
  return { name, title, lines, totalUsd: totalUsd(lines), limits };
}

/** What each service of a bill comes to, in the bill's order. */
export function byService(lines: readonly BillLine[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { service, usd } of lines) sums.set(service, (sums.get(service) ?? 0) + usd);
  return sums;
}
