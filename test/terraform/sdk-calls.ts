import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SERVICES: Record<string, string> = {
  'secrets-manager': 'secretsmanager',
  'timestream-write': 'timestream',
};

/** Calls whose action in a policy has another name. */
const ACTIONS: Record<string, string> = {
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListObjectVersions': 's3:ListBucketVersions',
};

/** The calls of the SDK that a module and what it imports can make, as policies name them. */
export async function sdkCallsOf(path: string, seen = new Set<string>()): Promise<Set<string>> {
  const calls = new Set<string>();
  if (seen.has(path)) return calls;
  seen.add(path);
  const text = await readFile(path, 'utf8');
  for (const [, names = '', from = ''] of text.matchAll(/import \{([^}]*)\} from '([^']+)'/g)) {
    const client = /^@aws-sdk\/client-(.+)$/.exec(from)?.[1];
    if (client) for (const call of callsAmong(names, SERVICES[client] ?? client)) calls.add(call);
    if (!from.startsWith('.')) continue;
    for (const call of await sdkCallsOf(join(dirname(path), from), seen)) calls.add(call);
  }
  return calls;
}

function callsAmong(names: string, service: string): string[] {
  return [...names.matchAll(/\b(?<!type )(?:([A-Z]\w+)Command\b|paginate([A-Z]\w+))/g)].map(
    ([, command, paginated]) => {
      const call = `${service}:${command ?? paginated}`;
      return ACTIONS[call] ?? call;
    },
  );
}
