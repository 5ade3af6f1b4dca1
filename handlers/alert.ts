import middy from '@middy/core';
import type { SNSEvent } from 'aws-lambda';
import { alertText } from '../lib/alert/alert-text.ts';
import { type Posted, postAlert } from '../lib/alert/post-alert.ts';
import { parseWebhookSecret } from '../lib/alert/webhook-secret.ts';
import { createSecretsManagerClient } from '../lib/aws/secrets-manager-client.ts';
import { createSecretReader } from '../lib/aws/secrets-manager-reader.ts';
import { alertConfig, parseConfig } from '../lib/config.ts';
import { createLog } from '../lib/log.ts';

/** Longest read of the secret, in milliseconds. */
const READ_SECRET_MS = 3000;

const config = parseConfig(alertConfig, process.env);
const log = createLog('alert', { level: config.LOG_LEVEL });
const client = createSecretsManagerClient({ endpoint: config.SECRETS_MANAGER_ENDPOINT });
const readSecret = createSecretReader(client, config.WEBHOOK_SECRET_ID);

/**
 * Posts the messages of the alarm topic to the webhook. The secret is read each time: alarms are rare, and the address may have been replaced. Throws where
 * the webhook does not take it; Lambda then invokes it twice more, and the alarm `alert-errors` rises.
 */
export const handler = log.of(
  middy<SNSEvent, Posted[]>().handler(async ({ Records }) => {
    const url = parseWebhookSecret(await readSecret(AbortSignal.timeout(READ_SECRET_MS)));
    const posted: Posted[] = [];
    for (const { Sns } of Records) {
      const text = alertText({ subject: Sns.Subject, message: Sns.Message });
      posted.push(await postAlert(url, text));
      log.info('posted', { messageId: Sns.MessageId });
    }
    return posted;
  }),
);
