import type { PipelineSettings } from '../../lib/settings.ts';
import { ASSUMPTIONS } from './assumptions.ts';
import { type Estimate, estimate } from './estimate.ts';
import { PRICES } from './prices.ts';
import { billTable, boundSentence, limitTable, passedLines, serviceTable } from './print.ts';
import { amount, textTable } from './text-table.ts';
import type { Options, Workload } from './workload.ts';

const BEGIN = '<!-- cost:begin, written by npm run cost -- --write-docs -->';
const END = '<!-- cost:end -->';

const OPTIONS: Options = { streamMode: 'PROVISIONED', statusTable: 'all', timestream: false };

const perDay = (eventsPerMonth: number) => eventsPerMonth / 30;

/** The workloads that docs/cost.md shows. */
export const SCENARIOS: { title: string; workload: Workload }[] = [
  {
    title: '1 million events a month',
    workload: { eventsPerDay: perDay(1e6), ratePerSecond: 100, eventBytes: 500 },
  },
  {
    title: '100 million events a month',
    workload: { eventsPerDay: perDay(100e6), ratePerSecond: 100, eventBytes: 500 },
  },
  {
    title: '10 billion events a month, to a target that allows 5,000 a second',
    workload: { eventsPerDay: perDay(10e9), ratePerSecond: 5000, eventBytes: 500 },
  },
];

const TOO_MUCH: Workload = { eventsPerDay: perDay(10e9), ratePerSecond: 100, eventBytes: 500 };

/** The generated part of docs/cost.md. Pure. */
function costDocs(settings: PipelineSettings): string {
  const of = (workload: Workload, options = OPTIONS) => estimate(workload, settings, options);
  const estimates = SCENARIOS.map(({ title, workload }) => ({ title, estimate: of(workload) }));
  const middle = estimates[1]?.estimate ?? of(TOO_MUCH);
  return [
    '## A month',
    'Events of 500 bytes, the journal with shards, every fact in the status table, no Timestream.',
    ...estimates.flatMap(({ title, estimate: one }) => [
      `### ${title}`,
      boundSentence(one),
      serviceTable(one.designs),
      ...passedList(one),
    ]),
    '### 10 billion events a month, to a target that allows 100 a second',
    boundSentence(of(TOO_MUCH)),
    '## Variants of this system',
    variantTable(of),
    '## 100 million events, position by position',
    ...middle.designs.flatMap((one) => [`### ${capital(one.title)}`, billTable(one)]),
    '## Where each design stops',
    ...middle.designs.flatMap((one) => [`### ${capital(one.title)}, limits`, limitTable(one)]),
    '## Assumptions',
    assumptionTable(),
    '## Prices',
    priceTable(),
  ].join('\n\n');
}

function passedList(one: Estimate): string[] {
  const passed = passedLines(one);
  if (passed.length === 0) return [];
  const peak = amount(one.traffic.peakEventsPerSecond);
  return [
    `The busiest second has ${peak} events. Before that, these have to be raised:`,
    passed.map((line) => `- ${line}`).join('\n'),
  ];
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function variantTable(of: (workload: Workload, options: Options) => Estimate): string {
  const variants: [string, Options][] = [
    ['as deployed: shards, status_table all', OPTIONS],
    ['status_table problems', { ...OPTIONS, statusTable: 'problems' }],
    ['status_table off', { ...OPTIONS, statusTable: 'off' }],
    ['stream on demand', { ...OPTIONS, streamMode: 'ON_DEMAND' }],
    ['with Timestream', { ...OPTIONS, timestream: true }],
  ];
  const rows = variants.map(([name, options]) => [
    name,
    ...SCENARIOS.map(({ workload }) => amount(of(workload, options).designs[0]?.totalUsd ?? 0)),
  ]);
  return textTable(['USD a month', '1 million', '100 million', '10 billion'], rows);
}

function assumptionTable(): string {
  const rows = Object.values(ASSUMPTIONS).map(({ value, meaning }) => [meaning, String(value)]);
  return textTable(['what', 'value'], rows);
}

function priceTable(): string {
  const rows = Object.values(PRICES).map(
    ({ of, unit, per, tiers, source, verified, dated, note = '' }) => [
      of,
      per === 1 ? unit : `${amount(per)} ${unit}`,
      tiers
        .map(({ upTo, usd }) => (upTo === undefined ? `${usd}` : `${usd} up to ${amount(upTo)}`))
        .join(', then '),
      verified ? `read on [${new URL(source).hostname}](${source})` : `[not verified](${source})`,
      dated ?? '',
      note,
    ],
  );
  return textTable(['for', 'unit', 'USD', 'source', 'page of', 'note'], rows, 6);
}

/** The page with its generated part replaced; throws where the markers are not both there. */
export function withCostDocs(page: string, settings: PipelineSettings): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from === -1 || to < from)
    throw new Error(`docs/cost.md must hold the lines ${BEGIN} and ${END}: put them back.`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${costDocs(settings)}\n\n${page.slice(to)}`;
}
