import type { Fact } from '../../../lib/event/fact.ts';

/** A fact that ends a delivery. */
type EndFact = Exclude<Fact, { type: 'received' | 'dismissed' }>;

/**
 * The spans that facts must give, each as one line, worked out from the facts alone: which fact, attempt or wait it is, in which trace, from when to when.
 * Copies of a fact count once.
 */
export function expectedSpans(facts: readonly Fact[]): string[] {
  const lines = facts.flatMap((fact) => {
    const of = `${fact.traceId} ${fact.eventId}`;
    if (fact.type === 'dismissed') return [];
    if (fact.type !== 'received') return endLines(of, fact);
    return fact.deferral === undefined ? [`${of} received ${fact.at} ${fact.at}`] : [];
  });
  return [...new Set(lines)].toSorted();
}

function endLines(of: string, fact: EndFact): string[] {
  const attempts = fact.attempts.slice(fact.carriedAttempts ?? 0);
  const first = attempts[0]?.at;
  const wasParked = (fact.deferral ?? 0) > (fact.type === 'deferred' ? 1 : 0);
  return [
    `${of} ${fact.type} ${first ?? fact.at} ${fact.at}`,
    ...attempts.map(
      ({ at, ms }) => `${of} attempt ${at} ${new Date(Date.parse(at) + ms).toISOString()}`,
    ),
    ...(first && !wasParked ? [`${of} queue ${fact.receivedAt} ${first}`] : []),
  ];
}

/** Spans as those lines; a span that came twice counts once. */
export function linesOfSpans(
  spans: readonly {
    traceId: string;
    name: string;
    startMs: number;
    endMs: number;
    attributes: Record<string, unknown>;
  }[],
): string[] {
  const time = (ms: number) => new Date(ms).toISOString();
  const lines = spans.map(
    ({ traceId, name, startMs, endMs, attributes }) =>
      `${traceId} ${attributes['messaging.message.id']} ${name} ${time(startMs)} ${time(endMs)}`,
  );
  return [...new Set(lines)].toSorted();
}
