import { escapeControls } from '../../lib/safe-text.ts';

/** Text from events, targets and stores: control and bidirectional characters become visible escapes. Markup is text, since all is rendered as text nodes. */
export const safe = escapeControls;

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A count: 12,345. */
export const count = (value: number) => whole.format(value);

/** A count that may go on: `1,000+`. */
export function countOf(value: { count: number; isAll: boolean } | null): string {
  if (value === null) return '–';
  return `${count(value.count)}${value.isAll ? '' : '+'}`;
}

/** A rate per second, with one digit below 100. */
export function rate(value: number): string {
  if (value === 0) return '0';
  return value < 99.95 ? value.toFixed(1) : whole.format(value);
}

/** A duration: 340 ms, 4.2 s, 3 min 10 s, 2 h 5 min. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A time relative to now: 42 s ago, or in 3 min 10 s. */
export function ago(ms: number, nowMs: number): string {
  const pastMs = nowMs - ms;
  return pastMs >= 0 ? `${duration(pastMs)} ago` : `in ${duration(-pastMs)}`;
}

/** A time as UTC: 17:02:11, with its date if that is not today's. */
export function time(value: string | number, nowMs = Date.now()): string {
  const parsed = new Date(value);
  if (Number.isNaN(parsed.getTime())) return String(value);
  const iso = parsed.toISOString();
  const isToday = iso.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10);
  return isToday ? iso.slice(11, 19) : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/** The words for the states of events. */
export const STATES = {
  pending: 'pending',
  deferred: 'parked',
  delivered: 'delivered',
  deadLettered: 'dead-lettered',
  dismissed: 'dismissed',
} as const;

export type Tone = 'good' | 'warn' | 'bad' | 'calm';

export const TONES: Record<keyof typeof STATES, Tone> = {
  pending: 'calm',
  deferred: 'warn',
  delivered: 'good',
  deadLettered: 'bad',
  dismissed: 'calm',
};
