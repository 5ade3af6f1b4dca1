import type { PipelineSettings } from '../../lib/settings.ts';
import { assumed, DEPLOYED, GB, KB, MB, SECONDS_PER_MONTH } from './assumptions.ts';
import { type BillLine, billLine } from './prices.ts';
import type { Traffic } from './workload.ts';

/** S3 moves no smaller object to a colder class by itself. */
const SMALLEST_MOVED_BYTES = 128 * KB;

/** What one delivery writes in a month. */
export interface Delivery {
  name: string;
  objects: number;
  bytes: number;
  /** Days in the first class, and in the first two. */
  infrequentDays: number;
  glacierDays: number | null;
}

/** Objects close after the buffer's time or at its size, before compression. */
function objectsOf(traffic: Traffic, seconds: number, mib: number): number {
  const byTime = Math.min(traffic.facts, SECONDS_PER_MONTH / Math.max(1, seconds));
  return Math.max(byTime, traffic.factBytes / (mib * MB));
}

/** The two projections of the journal in S3. */
export function deliveriesOf(traffic: Traffic, settings: PipelineSettings): Delivery[] {
  const bytes = traffic.factBytes * assumed('compressedShare');
  const { archive_buffer_seconds: seconds, archive_buffer_mib: mib } = settings;
  const { curatedBufferSeconds, curatedBufferMib } = DEPLOYED;
  return [
    {
      name: 'facts',
      objects: objectsOf(traffic, seconds, mib),
      bytes,
      infrequentDays: DEPLOYED.factsInfrequentDays,
      glacierDays: DEPLOYED.factsGlacierDays,
    },
    {
      name: 'curated',
      objects: objectsOf(traffic, curatedBufferSeconds, curatedBufferMib),
      bytes,
      infrequentDays: DEPLOYED.curatedInfrequentDays,
      glacierDays: null,
    },
  ];
}

/** How many months' worth lies in each class, once the assumed number of months is stored. */
function monthsByClass({ objects, bytes, infrequentDays, glacierDays }: Delivery) {
  const months = assumed('monthsKept');
  const isMoved = objects > 0 && bytes / objects >= SMALLEST_MOVED_BYTES;
  if (!isMoved) return { standard: months, infrequent: 0, glacier: 0, isMoved };
  const standard = Math.min(months, infrequentDays / 30);
  const warm = glacierDays === null ? months : Math.min(months, glacierDays / 30);
  return { standard, infrequent: warm - standard, glacier: months - warm, isMoved };
}

function storageOf(delivery: Delivery) {
  const gb = delivery.bytes / GB;
  const { standard, infrequent, glacier, isMoved } = monthsByClass(delivery);
  return {
    standardGb: gb * standard,
    infrequentGb: gb * infrequent,
    glacierGb: gb * glacier,
    movedObjects: isMoved ? delivery.objects : 0,
    frozenObjects: isMoved && delivery.glacierDays !== null ? delivery.objects : 0,
    objects: delivery.objects,
  };
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** S3: what is kept, what moves to a colder class, what is written, and what spills and is recovered. */
export function storageLines(traffic: Traffic, settings: PipelineSettings): BillLine[] {
  const stored = deliveriesOf(traffic, settings).map(storageOf);
  const spilled = traffic.events * assumed('spilledShare');
  const searches = SECONDS_PER_MONTH / 60 / settings.recover_schedule_minutes;
  const puts = sum(stored.map(({ objects }) => objects)) + spilled + searches;
  const of = (pick: (one: ReturnType<typeof storageOf>) => number) => sum(stored.map(pick));
  return [
    billLine(
      'S3',
      'standard',
      's3StandardGbMonth',
      of(({ standardGb }) => standardGb),
    ),
    billLine(
      'S3',
      'infrequent access',
      's3InfrequentGbMonth',
      of((one) => one.infrequentGb),
    ),
    billLine(
      'S3',
      'instant retrieval',
      's3GlacierInstantGbMonth',
      of((one) => one.glacierGb),
    ),
    billLine(
      'S3',
      'to infrequent access',
      's3ToInfrequent',
      of((one) => one.movedObjects),
    ),
    billLine(
      'S3',
      'to instant retrieval',
      's3ToGlacierInstant',
      of((one) => one.frozenObjects),
    ),
    billLine('S3', 'writes and lists', 's3Put', puts),
    billLine('S3', 'reads of what spilled', 's3Get', spilled),
  ];
}

const ATHENA_LEAST_BYTES = 10 * MB;

/** What a query of that many bytes scans at least, in TB. */
const scannedTb = (bytes: number) => Math.max(ATHENA_LEAST_BYTES, bytes) / (1024 * GB);

/** Athena: the assumed number of queries, each over one day of curated facts. */
export function athenaLines(traffic: Traffic): BillLine[] {
  const dayBytes = (traffic.factBytes * assumed('compressedShare')) / 30;
  const tb = assumed('athenaQueries') * scannedTb(dayBytes);
  return [billLine('Athena', "queries of a day's facts", 'athenaTb', tb)];
}

/** One query that scans so many GB, in US dollars. */
export function athenaQueryUsd(gb: number): number {
  return billLine('Athena', 'query', 'athenaTb', scannedTb(gb * GB)).usd;
}
