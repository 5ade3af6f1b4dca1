import middy from '@middy/core';
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { authorizeConfig, parseConfig } from '../lib/config.ts';
import { authorizeRequest, type Verdict } from '../lib/ingest/authorize-request.ts';
import { createLog } from '../lib/log.ts';

const config = parseConfig(authorizeConfig, process.env);
const hashes = Object.entries(config.API_KEY_HASHES).map(([name, sha256]) => ({ name, sha256 }));
const deps = { keys: { load: async () => hashes }, log: createLog('authorize') };

/** Lambda authorizer of the HTTP API: payload 2.0, simple response. */
export const handler = middy<
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult<Verdict['context']>
>().handler((event) => authorizeRequest(event.headers?.['x-api-key'], deps));
