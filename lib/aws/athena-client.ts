import { AthenaClient } from '@aws-sdk/client-athena';

/** An Athena client; who calls is said by the environment. */
export function createAthenaClient({ region }: { region: string }): AthenaClient {
  return new AthenaClient({ region });
}
