import { useEffect, useState } from 'preact/hooks';
import type { FlowNumbers } from '../../lib/console/flow-numbers.ts';
import { ago, count, countOf, duration, rate, type Tone } from './format.ts';
import { type Box, NARROW, type NodeName, WIDE } from './pipeline-layout.ts';

/** The texts of one part of the picture. */
interface NodeText {
  title: string;
  value: string;
  unit?: string;
  note: string;
  tone: Tone;
}

/** A journal that is read within seconds is up to date. */
const LATE_MS = 10_000;

/** The state of dispatch and of the target in words. Pure. */
export function dispatchState(flow: FlowNumbers): { word: string; tone: Tone } {
  const { dispatch, target, rate, atMs } = flow;
  if (dispatch && dispatch.state !== 'Enabled') {
    const words: Record<string, string> = { Disabled: 'paused', Disabling: 'pausing' };
    return { word: words[dispatch.state] ?? dispatch.state.toLowerCase(), tone: 'warn' };
  }
  if (target.state === 'sick') return { word: 'holds: the target is sick', tone: 'bad' };
  if (target.state === 'closed') return { word: 'holds: the target refuses', tone: 'warn' };
  if (rate.pausedUntilMs > atMs)
    return { word: `waits ${duration(rate.pausedUntilMs - atMs)} for the target`, tone: 'warn' };
  if (rate.learned) return { word: 'follows a lower limit', tone: 'warn' };
  return { word: 'runs', tone: 'good' };
}

function textsOf(flow: FlowNumbers): Record<NodeName, NodeText> {
  const { perSecond, backlog, stores, counts, target, atMs, latency } = flow;
  const state = dispatchState(flow);
  const isLate = backlog.lagMs > LATE_MS;
  const allowed = flow.rate.allowed;
  const dead = stores.openDeadLetters ?? { count: counts.deadLettered, isAll: true };
  const hasSome = (value: { count: number } | null, tone: Tone): Tone =>
    value !== null && value.count > 0 ? tone : 'calm';
  return {
    api: {
      ...{ title: 'API', value: rate(perSecond.received), unit: 'in/s', tone: 'calm' },
      note: `${count(counts.received)} received`,
    },
    journal: {
      ...{ title: 'Journal', value: countOf(backlog), unit: 'waiting' },
      note: backlog.count === 0 ? 'no lag' : `oldest ${duration(backlog.lagMs)}`,
      tone: isLate ? 'warn' : 'calm',
    },
    dispatch: {
      ...{ title: 'Dispatch', value: rate(perSecond.attempts) },
      unit: allowed === null ? 'calls/s' : `of ${rate(allowed)} calls/s`,
      note: state.word,
      tone: state.tone,
    },
    target: {
      ...{ title: 'Target', value: count(counts.delivered), unit: 'delivered' },
      note: targetNote(target.state, latency, perSecond.delivered),
      tone: target.state === 'well' ? 'good' : 'bad',
    },
    spill: {
      ...{ title: 'Spill', value: countOf(stores.spilled), note: 'to be moved' },
      tone: hasSome(stores.spilled, 'warn'),
    },
    archive: {
      title: 'Archive',
      value: stores.archivedMs === null ? '–' : duration(Math.max(0, atMs - stores.archivedMs)),
      note: 'newest object',
      tone: 'calm',
    },
    parked: {
      ...{ title: 'Parked', value: countOf(stores.parked) },
      note: stores.parked?.nextDueMs ? `due ${ago(stores.parked.nextDueMs, atMs)}` : 'tried later',
      tone: hasSome(stores.parked, 'warn'),
    },
    deadLetters: {
      ...{ title: 'Dead letters', value: countOf(dead) },
      note: stores.openDeadLetters ? 'open' : 'lately',
      tone: hasSome(dead, 'bad'),
    },
    givenUp: {
      ...{ title: 'Given up', value: countOf(stores.givenUp), note: 'by Lambda' },
      tone: hasSome(stores.givenUp, 'bad'),
    },
  };
}

function targetNote(
  state: FlowNumbers['target']['state'],
  latency: FlowNumbers['latency'],
  perSecond: number,
): string {
  if (state === 'sick') return 'fails call after call';
  if (state === 'closed') return 'refuses calls for now';
  if (!latency) return `${rate(perSecond)}/s`;
  return `${rate(perSecond)}/s, p99 ${duration(latency.p99)}`;
}

/** The picture in one sentence, for who does not see it. */
function inWords(texts: Record<NodeName, NodeText>): string {
  return Object.values(texts)
    .map(({ title, value, unit = '', note }) => `${title}: ${value} ${unit}, ${note}`)
    .join('. ');
}

/** The pipeline as a picture with its numbers. */
export function Pipeline({ flow }: { flow: FlowNumbers }) {
  const isNarrow = useMedia('(max-width: 699px)');
  const layout = isNarrow ? NARROW : WIDE;
  const texts = textsOf(flow);
  return (
    <svg
      class="pipeline"
      role="img"
      aria-label={inWords(texts)}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
    >
      <title>The pipeline</title>
      <defs>
        <marker
          id="tip"
          viewBox="0 0 6 6"
          refX="5"
          refY="3"
          markerWidth="5"
          markerHeight="5"
          orient="auto"
        >
          <path class="tip" d="M0 0L6 3L0 6z" />
        </marker>
      </defs>
      {layout.paths.map(({ name, d, isMain }) => (
        <path key={name} class={isMain ? 'way main' : 'way'} d={d} marker-end="url(#tip)" />
      ))}
      {(Object.keys(texts) as NodeName[]).map((name) => (
        <PipelineNode key={name} at={layout.boxes[name]} text={texts[name]} />
      ))}
    </svg>
  );
}

function PipelineNode({ at, text }: { at: Box; text: NodeText }) {
  const isMain = at.height >= 100;
  return (
    <g class={`node ${text.tone}`} transform={`translate(${at.x} ${at.y})`}>
      <rect width={at.width} height={at.height} rx="8" />
      <circle class="dot" cx={at.width - 13} cy="16" r="4" />
      <text class="node-title" x="12" y="21">
        {text.title}
      </text>
      <text class={isMain ? 'node-value' : 'node-value minor'} x="12" y={isMain ? 62 : 50}>
        {text.value}
        {text.unit === undefined ? null : <tspan class="node-unit"> {text.unit}</tspan>}
      </text>
      <text class="node-note" x="12" y={at.height - 13}>
        {text.note}
      </text>
    </g>
  );
}

/** Returns true while a media query matches. */
function useMedia(query: string): boolean {
  const [isTrue, setTrue] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => setTrue(list.matches);
    change();
    list.addEventListener('change', change);
    return () => list.removeEventListener('change', change);
  }, [query]);
  return isTrue;
}
