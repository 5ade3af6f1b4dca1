import { identityOf } from '../../lib/archive/entry.ts';
import type { Fact } from '../../lib/event/fact.ts';
import { percentile } from '../../lib/percentile.ts';
import type { TargetStats } from '../../local/target/target-routes.ts';
import type { SendReport } from '../source/send-events.ts';
import { checkConservation } from './conservation.ts';
import { lifeOfEvent, mostEventful } from './life-of-event.ts';
import { SCENARIO } from './scenario.ts';
import type { CallSample } from './target-client.ts';

/** What the demo found out, for people and for machines. */
export interface DemoReport {
  ok: boolean;
  scenario: typeof SCENARIO;
  accepted: number;
  refused: number;
  archived: number;
  delivered: number;
  deadLettered: number;
  duplicatesAtTarget: number;
  target: {
    calls: number;
    throttled: number;
    failed: number;
    /** Calls per second from the first to the last, and the most in any one second. */
    callsPerSecond: number;
    busiestSecond: number;
    allowedPerSecond: number;
    rateUsed: number;
    /** The same while events waited for their first call; what follows are calls that failed and wait for their turn. */
    rateUsedWhileWaiting: number;
  };
  ingestMs: { p50: number; p99: number; max: number; over500: number };
  /** From POST to the target's answer, in milliseconds. */
  deliveryMs: { p50: number; p99: number; max: number };
  archive: { objects: number; facts: number; repeated: number; damaged: string[] };
  violations: Record<string, string[]>;
  /** One event's whole life. */
  life: { eventId: string; lines: string[] };
}

export interface Findings {
  sending: SendReport;
  sent: ReadonlySet<string>;
  accepted: ReadonlySet<string>;
  stats: TargetStats;
  /** Counts of the target's calls during the run. */
  samples: CallSample[];
  targetIds: string[];
  facts: Fact[];
  damaged: string[];
  objects: number;
}

/** Puts the findings together. Pure. */
export function reportOf(findings: Findings): DemoReport {
  const { sending, sent, accepted, stats, samples, targetIds, facts, damaged, objects } = findings;
  const unique = withoutRepeats(facts);
  const count = (type: Fact['type']) =>
    new Set(unique.flatMap((fact) => (fact.type === type ? [fact.eventId] : []))).size;
  const conservation = checkConservation({
    sent,
    accepted,
    archived: facts,
    atTarget: new Set(targetIds),
  });
  const duplicatesAtTarget = targetIds.length - new Set(targetIds).size;
  const life = mostEventful(unique);
  return {
    ok: conservation.holds && duplicatesAtTarget === 0 && sending.accepted === sending.sent,
    scenario: SCENARIO,
    accepted: accepted.size,
    refused: sending.refused + sending.unanswered,
    archived: count('received'),
    delivered: count('delivered'),
    deadLettered: count('deadLettered'),
    duplicatesAtTarget,
    target: targetFigures(stats, samples, unique),
    ingestMs: { ...sending.latencyMs, over500: sending.missed },
    deliveryMs: deliveryFigures(unique),
    archive: { objects, facts: facts.length, repeated: facts.length - unique.length, damaged },
    violations: conservation.violations,
    life: { eventId: life[0]?.eventId ?? '', lines: lifeOfEvent(life) },
  };
}

/** Firehose delivers at least once, so the archive can hold a fact twice. */
function withoutRepeats(facts: Fact[]): Fact[] {
  const seen = new Map(facts.map((fact) => [identityOf(fact), fact]));
  return [...seen.values()];
}

function targetFigures(
  stats: TargetStats,
  samples: CallSample[],
  facts: Fact[],
): DemoReport['target'] {
  const seconds = (Date.parse(stats.lastCallAt ?? '') - Date.parse(stats.firstCallAt ?? '')) / 1000;
  const callsPerSecond = seconds > 0 ? (stats.calls - 1) / seconds : 0;
  return {
    calls: stats.calls,
    throttled: stats.throttled,
    failed: stats.faulted,
    callsPerSecond,
    busiestSecond: stats.busiestSecond,
    allowedPerSecond: SCENARIO.targetRatePerSecond,
    rateUsed: callsPerSecond / SCENARIO.targetRatePerSecond,
    rateUsedWhileWaiting:
      callsPerSecondWhileWaiting(stats, samples, facts) / SCENARIO.targetRatePerSecond,
  };
}

/** From the first call to the last one that was an event's first attempt. Lookups count, and the facts do not record them, so the target is asked. */
function callsPerSecondWhileWaiting(
  { firstCallAt }: TargetStats,
  samples: CallSample[],
  facts: Fact[],
): number {
  const untilMs = lastFirstCallMs(facts);
  const next = samples.findIndex(({ atMs }) => atMs >= untilMs);
  const [before, after] = [samples[next - 1], samples[next]];
  if (!before || !after) return 0;
  const share = (untilMs - before.atMs) / (after.atMs - before.atMs);
  const calls = before.calls + share * (after.calls - before.calls);
  return (calls - 1) / ((untilMs - Date.parse(firstCallAt ?? '')) / 1000);
}

function lastFirstCallMs(facts: Fact[]): number {
  const firstMs = new Map<string, number>();
  for (const fact of facts) {
    const [first] = 'attempts' in fact ? (fact.attempts ?? []) : [];
    const known = firstMs.get(fact.eventId) ?? Number.POSITIVE_INFINITY;
    if (first) firstMs.set(fact.eventId, Math.min(known, Date.parse(first.at)));
  }
  return Math.max(...firstMs.values());
}

function deliveryFigures(facts: Fact[]): DemoReport['deliveryMs'] {
  const receivedMs = new Map(
    facts.flatMap((fact) =>
      fact.type === 'received' ? [[fact.eventId, Date.parse(fact.at)]] : [],
    ),
  );
  const latencies = facts.flatMap((fact) => {
    const startMs = receivedMs.get(fact.eventId);
    return fact.type === 'delivered' && startMs !== undefined
      ? [Date.parse(fact.at) - startMs]
      : [];
  });
  return {
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    max: percentile(latencies, 1),
  };
}
