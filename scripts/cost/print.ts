import { athenaQueryUsd } from './archive-storage.ts';
import { byService, type Design, type Estimate } from './estimate.ts';
import type { Limit } from './limits.ts';
import { PRICES_AS_OF, REGION } from './prices.ts';
import { amount, dollars, textTable } from './text-table.ts';
import { shardsText } from './workload.ts';

/** What a rate-limited target means for the workload, in one or two sentences; it stands above every bill. */
export function boundSentence({ workload, target }: Estimate): string {
  const { eventsPerDay, ratePerSecond } = workload;
  const capacity = `${amount(ratePerSecond)}/s × 86,400 s = ${amount(target.capacityPerDay)} events a day`;
  if (!target.isExceeded) {
    const share = Number(((100 * eventsPerDay) / target.capacityPerDay).toPrecision(2));
    return `The target takes ${capacity}; ${amount(eventsPerDay)} are ${share} % of that.`;
  }
  const days = target.daysUntilGivenUp ?? 0;
  return (
    `NOT SUSTAINABLE: the target takes ${capacity}, and ${amount(eventsPerDay)} arrive. ` +
    `No design delivers more than the target takes: ${amount(target.backlogPerDay)} events more wait every day, ` +
    `and after ${days.toFixed(1)} days the oldest are as old as the journal lets them become. Ask for a higher rate, or send less.`
  );
}

/** One row for each service, one column for each design. */
export function serviceTable(designs: readonly Design[]): string {
  const sums = designs.map(({ lines }) => byService(lines));
  const services = [...new Set(sums.flatMap((sum) => [...sum.keys()]))];
  const cell = (usd: number | undefined) => (usd === undefined ? '-' : dollars(usd));
  const rows = services.map((name) => [name, ...sums.map((sum) => cell(sum.get(name)))]);
  const totals = designs.map(({ totalUsd }) => dollars(totalUsd));
  const titles = designs.map(({ title }) => title);
  return textTable(['USD a month', ...titles], [...rows, ['total', ...totals]]);
}

/** A bill, position by position. */
export function billTable({ lines }: Design): string {
  const rows = lines
    .filter(({ quantity }) => quantity > 0)
    .map(({ service, item, quantity, unit, usd }) => [
      service,
      item,
      unit,
      amount(quantity),
      dollars(usd),
    ]);
  return textTable(['service', 'position', 'unit', 'quantity', 'USD'], rows, 3);
}

/** What bounds a design, lowest first. */
export function limitTable({ limits }: Design): string {
  const rows = limits.map(({ name, raisedBy, eventsPerSecond }) => [
    name,
    raisedBy ?? 'nothing',
    amount(eventsPerSecond),
  ]);
  return textTable(['limit', 'raised by', 'events a second'], rows, 2);
}

/** The limits that can be raised, and that the busiest second passes. */
export function limitsPassed({ limits }: Design, peakPerSecond: number): Limit[] {
  return limits.filter(
    ({ raisedBy, eventsPerSecond }) => raisedBy !== null && eventsPerSecond < peakPerSecond,
  );
}

/** A line for each of {@link limitsPassed}, design by design. */
export function passedLines({ designs, traffic }: Estimate): string[] {
  const peak = traffic.peakEventsPerSecond;
  return designs.flatMap((design) =>
    limitsPassed(design, peak).map(
      ({ name, eventsPerSecond, raisedBy }) =>
        `${design.title}: ${name} (${amount(eventsPerSecond)}/s; raised by ${raisedBy})`,
    ),
  );
}

/** An estimate as text: what the target bounds first, then the bills, then the limits that are passed. */
export function printedEstimate(estimate: Estimate): string {
  const { workload, designs, shards, options } = estimate;
  const [journal] = designs;
  const passed = passedLines(estimate);
  return [
    boundSentence(estimate),
    '',
    `${amount(workload.eventsPerDay)} events a day of ${amount(workload.eventBytes)} bytes; list prices of ${REGION}, ${PRICES_AS_OF}, no free tier.`,
    `The journal: ${options.streamMode === 'PROVISIONED' ? shardsText(shards) : 'on demand'}. One Athena query of 10 GB: ${dollars(athenaQueryUsd(10))} USD.`,
    '',
    serviceTable(designs),
    '',
    'This system, position by position:',
    '',
    ...(journal ? [billTable(journal)] : []),
    ...(passed.length > 0
      ? [
          '',
          `Limits that the busiest second, ${amount(estimate.traffic.peakEventsPerSecond)} events, passes:`,
          ...passed,
        ]
      : []),
  ].join('\n');
}
