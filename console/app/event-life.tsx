import type { EventLife, LifeStep } from '../../lib/console/console-source.ts';
import { duration, safe, time } from './format.ts';
import { useRead } from './http.ts';
import { Command, Notice, StateBadge } from './parts.tsx';

/** Interval at which an event that may still change is read again. */
const EVERY_MS = 3000;

/** The life of one event. */
export function EventLifeView({ eventId }: { eventId: string }) {
  const path = `/api/event?id=${encodeURIComponent(eventId)}`;
  const { value, error } = useRead<EventLife>(path, EVERY_MS);
  return (
    <>
      <p>
        <a href="#/events">← All events</a>
      </p>
      <h2 class="event-id">{safe(eventId)}</h2>
      {error === undefined ? null : <Notice tone="bad">{safe(error)}</Notice>}
      {value ? <Life life={value} /> : <p class="muted">Reading …</p>}
    </>
  );
}

function Life({ life }: { life: EventLife }) {
  const { state, standing, name, payload, traceId, steps, source, notes, next, commands } = life;
  return (
    <>
      <p>
        {state === null ? null : <StateBadge state={state} />} {safe(standing)}
      </p>
      {notes.map((note) => (
        <Notice key={note}>{safe(note)}</Notice>
      ))}
      <div class="columns">
        <section aria-labelledby="timeline-title">
          <h3 id="timeline-title">Timeline</h3>
          <ol class="timeline">
            {steps.map((step, index) => (
              <Step key={index} step={step} />
            ))}
          </ol>
        </section>
        <section aria-labelledby="content-title">
          <h3 id="content-title">Content</h3>
          <dl class="pairs">
            <dt>Name</dt>
            <dd>{safe(name ?? '–')}</dd>
            <dt>Trace id</dt>
            <dd class="code">{safe(traceId ?? '–')}</dd>
            <dt>Source</dt>
            <dd>{safe(source)}</dd>
          </dl>
          <h4>Payload</h4>
          {payload === null ? (
            <p class="muted">Not in the archive yet; it follows within its buffer.</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it
            <pre class="payload" tabIndex={0}>
              {payload.split('\n').map(safe).join('\n')}
            </pre>
          )}
          {next === null ? null : <Command label={next.purpose} command={next.command} />}
          <Command label="The same in a terminal" command={commands.trace} />
        </section>
      </div>
    </>
  );
}

const TONES: Record<LifeStep['kind'], string> = {
  received: 'calm',
  attempt: 'calm',
  deferred: 'warn',
  delivered: 'good',
  deadLettered: 'bad',
  dismissed: 'calm',
};

function Step({ step: { at, sinceMs, kind, title, detail, isFailure } }: { step: LifeStep }) {
  const tone = kind === 'attempt' && isFailure ? 'warn' : TONES[kind];
  return (
    <li class={tone}>
      <div class="step-head">
        <b>{safe(title)}</b>
        <span class="step-time">
          <time dateTime={at}>{time(at)}</time> <span class="since">+{duration(sinceMs)}</span>
        </span>
      </div>
      <div class="step-detail">{safe(detail)}</div>
    </li>
  );
}
