/** Variables that name a place and switch nothing on. */
const PLACES = new Set(['environment', 'region', 'target_url', 'name', 'brand']);

/**
 * Features that an environment has switched on. Sizes count as on above zero, so that two environments of different sizes have the same features.
 * More lanes than one count as a feature, however they come about. Pure.
 */
export function featuresOf(variables: Record<string, { value: unknown }>): Record<string, unknown> {
  const values = Object.entries(variables).filter(([name]) => !PLACES.has(name));
  const number = (name: string) => Number(variables[name]?.value);
  return {
    ...Object.fromEntries(values.map(([name, { value }]) => [name, switchOf(value)])),
    hasSeveralLanes: number('shard_count') * number('dispatch_parallelization_factor') > 1,
  };
}

/** A text is a choice, and is compared as it is. */
function switchOf(value: unknown): unknown {
  if (value === null || value === undefined) return false;
  if (typeof value === 'number') return value > 0;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, switchOf(part)]));
}
