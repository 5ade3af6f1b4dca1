import { readFailures } from '../archive/read-failures.ts';
import type { Fact } from '../event/fact.ts';
import type { FactStores } from './audit-sources.ts';

/** The facts that Lambda gave up, from the failures bucket: dispatch does not deliver them any more. @throws when the bucket cannot be reached */
export async function* givenUpFacts(
  stores: Pick<FactStores, 'failures' | 'dispatchFunctionName'>,
): AsyncGenerator<Fact> {
  const { failures, dispatchFunctionName: functionName } = stores;
  for await (const entries of readFailures(failures, { functionName }))
    for (const entry of entries) if (entry.kind === 'fact') yield entry.fact;
}
