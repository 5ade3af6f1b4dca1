import { parseFlags, UsageError } from '../../scripts/flags.ts';

/** Runs the parts of a benchmark in order, or the one that `--only` names. */
export async function runParts(
  argv: string[],
  parts: Record<string, () => Promise<void>>,
): Promise<number> {
  const { only } = parseFlags(argv, { only: { type: 'string' } });
  const names = Object.keys(parts);
  const chosen = names.filter((name) => !only || name === only);
  if (chosen.length === 0) throw new UsageError(`--only must be one of ${names.join(', ')}.`);
  for (const name of chosen) await parts[name]?.();
  return 0;
}
