import type { HttpResponse } from '../http.ts';
import type { Measurement } from '../metrics/measurement.ts';
import type { REFUSAL_REASONS } from '../metrics/vocabulary.ts';

const REASONS: Record<number, (typeof REFUSAL_REASONS)[number]> = {
  400: 'notJson',
  413: 'tooLarge',
  415: 'mediaType',
  422: 'invalid',
  503: 'notDurable',
};

/** The metrics of a response to `POST /events`: none for an accepted event. Pure. */
export function measurementsOf({ statusCode }: Pick<HttpResponse, 'statusCode'>): Measurement[] {
  if (statusCode < 400) return [];
  return [{ metric: 'Refused', value: 1, of: REASONS[statusCode] ?? 'failed' }];
}
