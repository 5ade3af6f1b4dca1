import { describe, expect, it } from 'vitest';
import { isKept, throttledPerMille } from '../../bench/scheduling/report.ts';
import { SCENARIOS, type Wanted } from '../../bench/scheduling/scenarios.ts';
import { setupOf } from '../../bench/scheduling/setup.ts';
import { simulate } from '../../bench/scheduling/simulate.ts';

/** One seed of each scenario; `npm run bench -- scheduling` runs more, and the whole grid of rates and lanes. */
const promised = SCENARIOS.filter(({ wanted }) => wanted !== undefined);

describe('dispatch under the scheduling of AWS', () => {
  it.each(promised.map((scenario) => [scenario.name, scenario] as const))(
    'keeps its promise: %s',
    async (_, { setup, wanted }) => {
      const figures = await simulate(setupOf(setup), 7);
      const told = JSON.stringify({ ...figures, throttledPerMille: throttledPerMille(figures) });
      expect(isKept(wanted as Wanted, figures), told).toBe(true);
    },
  );

  it.each(['grid-10-4', 'grid-100-40', 'grid-1000-4'])(
    'uses 97 of 100 calls and is refused none: %s lanes',
    async (name) => {
      for (const { setup } of SCENARIOS.filter((scenario) =>
        scenario.name.startsWith(`${name}-`),
      )) {
        const figures = await simulate(setupOf(setup), 7);
        expect(figures.rateUsed).toBeGreaterThan(0.97);
        expect(figures.throttled).toBe(0);
      }
    },
  );
});
