import type { Layer } from './named-query.ts';

/** The layer that is read. */
export interface LayerChoice {
  layer: Layer;
  /** What a person should know about that: why it is not the usual one, or what it lacks. */
  note?: string;
}

/**
 * The curated layer if it has everything that the archive has from that time on, else the raw one. Layers are told by their first
 * keys, which are their oldest hours. Pure.
 */
export function chooseLayer(
  first: { curated: string | undefined; raw: string | undefined },
  fromMs: number,
): LayerChoice {
  const curatedHour = hourOf(first.curated);
  const rawHour = hourOf(first.raw);
  if (curatedHour === undefined)
    return { layer: 'raw', note: 'there is no curated layer: reading the raw facts' };
  const neededHour = new Date(fromMs - 3_600_000).toISOString().slice(0, 13);
  const reachesBack =
    curatedHour <= neededHour || (rawHour !== undefined && curatedHour <= rawHour);
  if (reachesBack) return { layer: 'curated' };
  return {
    layer: 'raw',
    note: `the curated layer begins at ${curatedHour}:00Z: reading the raw facts`,
  };
}

/** `YYYY-MM-DDTHH` of a key's partition. */
function hourOf(key: string | undefined): string | undefined {
  const [, day, hour] = /dt=(\d{4}-\d{2}-\d{2})\/hh=(\d{2})\//.exec(key ?? '') ?? [];
  return day === undefined ? undefined : `${day}T${hour}`;
}
