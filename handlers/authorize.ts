import middy from '@middy/core';
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../lib/aws/secrets-manager-reader.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { authorizeConfig, parseConfig } from '../lib/config.ts';
import { parseApiKeys } from '../lib/ingest/api-key-secret.ts';
import { authorizeRequest, type Verdict } from '../lib/ingest/authorize-request.ts';
import { createLog } from '../lib/log.ts';
import { SecretCache } from '../lib/secret-cache.ts';

const config = parseConfig(authorizeConfig, process.env);
const log = createLog('authorize', { level: config.LOG_LEVEL });
const client = createSecretsManagerClient({ endpoint: config.SECRETS_MANAGER_ENDPOINT });
const keys = new SecretCache({
  secretId: config.API_KEYS_SECRET_ID,
  read: createSecretReader(client, config.API_KEYS_SECRET_ID),
  parse: parseApiKeys,
  times: {
    ttlMs: config.API_KEYS_TTL_SECONDS * 1000,
    staleMs: config.API_KEYS_STALE_SECONDS * 1000,
    // The source waits 500 ms for everything.
    waitMs: 350,
    timeoutMs: 1500,
  },
  clock,
  log,
});

// Read while the environment starts, which is before a request comes where concurrency is provisioned. What went wrong is logged.
await keys.load().catch(() => undefined);

/** Lambda authorizer of the HTTP API: payload 2.0, simple response. Fails, which API Gateway does not remember, while it cannot tell. */
export const handler = log.of(
  middy<
    APIGatewayRequestAuthorizerEventV2,
    APIGatewaySimpleAuthorizerWithContextResult<Verdict['context']>
  >().handler((event) => authorizeRequest(event.headers?.['x-api-key'], keys)),
);
