import { GraphQLClient } from 'graphql-request';
import type { SettingsChange } from '../../../local/target/settings.ts';
import { startTargetProcess, type TargetProcess } from '../../../local/target-process.ts';
import { changeTarget } from '../../../scripts/demo/target-client.ts';

const WARM_UP_CALLS = 400;

/** A target that has been running for a while, as targets have, with empty counters and no items. */
export async function startWarmTarget(settings: SettingsChange): Promise<TargetProcess> {
  const flags = ['--target-limit=100000'];
  const target = await startTargetProcess({ port: 0, database: ':memory:', limit: 1, flags });
  const { url } = target.ready;
  const client = new GraphQLClient(`${url}/graphql`);
  for (let call = 0; call < WARM_UP_CALLS; call++) {
    const query = `mutation { createItem(id: "${call}", name: "n", body: "b", timestamp: 1, brand: "b") { id } }`;
    await client.request(query);
  }
  await client.request('mutation { clearItems }');
  await changeTarget(url, settings);
  await fetch(`${url}/stats`, { method: 'DELETE' });
  return target;
}
