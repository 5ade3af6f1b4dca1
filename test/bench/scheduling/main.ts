import { integerFlag, parseFlags, UsageError } from '../../../scripts/flags.ts';
import { type Figures, together } from './measure.ts';
import { headLine, isKept, lineOf } from './report.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { setupOf } from './setup.ts';
import { simulate } from './simulate.ts';

/**
 * `npm run bench -- scheduling [--only NAME] [--seeds N]`: runs dispatch in virtual time under AWS's scheduling and prints a table. `NAME` is
 * the beginning of scenarios' names. The exit code is 1 if a scenario does not keep what is wanted of it.
 */
export async function main(argv: string[]): Promise<number> {
  const flags = parseFlags(argv, { only: { type: 'string' }, seeds: { type: 'string' } });
  const seeds = integerFlag('seeds', flags.seeds, { min: 1, max: 1000, fallback: 5 });
  const chosen = SCENARIOS.filter(({ name }) => name.startsWith(flags.only ?? ''));
  if (chosen.length === 0) throw new UsageError(`--only must begin one of ${namesOf(SCENARIOS)}.`);
  console.log(headLine());
  let failures = 0;
  for (const scenario of chosen) {
    const figures = await simulateAll(scenario, seeds);
    console.log(lineOf(scenario, figures));
    if (scenario.wanted && !isKept(scenario.wanted, figures)) failures += 1;
  }
  return failures > 0 ? 1 : 0;
}

async function simulateAll({ setup }: Scenario, seeds: number): Promise<Figures> {
  const all: Figures[] = [];
  for (let seed = 1; seed <= seeds; seed++) all.push(await simulate(setupOf(setup), seed));
  return together(all);
}

const namesOf = (scenarios: readonly Scenario[]): string =>
  scenarios.map(({ name }) => name).join(', ');
