import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { STATES, safe, TONES, type Tone } from './format.ts';

/** A notice: what happened, and what to do. */
export function Notice({ tone = 'warn', children }: { tone?: Tone; children: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

/** A state as a coloured word. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function StateBadge({ state }: { state: keyof typeof STATES }) {
  return <Badge tone={TONES[state]}>{STATES[state]}</Badge>;
}

/** A command that can be copied. */
export function Command({ label, command }: { label: string; command: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <div class="command">
      <div class="command-head">
        <span>{label}</span>
        <button type="button" class="small" onClick={copy} aria-label={`Copy: ${label}`}>
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it */}
      <pre tabIndex={0}>
        <code>{safe(command)}</code>
      </pre>
    </div>
  );
}

/** A number with its label. */
export function Stat({
  label,
  value,
  note,
  tone = 'calm',
}: {
  label: string;
  value: string;
  note?: string | undefined;
  tone?: Tone;
}) {
  return (
    <div class={`stat ${tone}`}>
      <dt>{label}</dt>
      <dd>
        <span class="stat-value">{value}</span>
        {note === undefined ? null : <span class="stat-note">{note}</span>}
      </dd>
    </div>
  );
}

/** A table that scrolls sideways on a narrow page. */
export function Table({ caption, children }: { caption: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it
    <section class="table-scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        {children}
      </table>
    </section>
  );
}

/** A link to one event. */
export function EventLink({ eventId }: { eventId: string }) {
  return (
    <a class="event-id" href={`#/events?id=${encodeURIComponent(eventId)}`}>
      {safe(eventId)}
    </a>
  );
}

/** A list from which one value is chosen. */
export function Choice({
  label,
  name,
  value,
  choices,
  onChoice,
}: {
  label: string;
  name: string;
  value: string;
  choices: readonly (readonly [value: string, label: string])[];
  onChoice: (value: string) => void;
}) {
  return (
    <label>
      {label}
      <select
        name={name}
        value={value}
        onChange={({ currentTarget }) => onChoice(currentTarget.value)}
      >
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
