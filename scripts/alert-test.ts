import { readFile } from 'node:fs/promises';
import { alertText } from '../lib/alert/alert-text.ts';
import { postAlert } from '../lib/alert/post-alert.ts';
import { parseWebhookSecret } from '../lib/alert/webhook-secret.ts';
import { invokeAlert } from '../lib/aws/lambda-alert.ts';
import { createLambdaClient } from '../lib/aws/lambda-client.ts';
import { messageOf, SecretFormatError, WebhookError } from '../lib/errors.ts';
import { escapeControls, shellQuoted } from '../lib/safe-text.ts';
import { exitCodeOf, isHelp, parseFlags, UsageError } from './flags.ts';
import { print, printJson, printNote } from './output.ts';
import { alertOutputs } from './stack/alert-outputs.ts';

const USAGE = `Usage: npm run alert:test -- (--stack WHERE | --webhook FILE) [flags]

Posts a test message to the webhook of alarms, and says whether it took it.

  --stack WHERE     by the alert function of a pipeline on AWS, as an alarm would be: a file with the output of
                    terraform output -json, or the Terraform folder
  --webhook FILE    from this machine, to the address in this file, which has what is to be put into the secret:
                    {"url": "https://…"}
  --json            print the result as one line of JSON

Exit codes: 0 it was delivered, 1 it was not, 2 wrong usage.`;

const FLAGS = {
  stack: { type: 'string' },
  webhook: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const TEST = {
  subject: 'A test of the alarms',
  message: 'npm run alert:test sent this. Nothing is wrong, and nothing has to be done.',
};

/** The delivery, or the reason that there is none. */
interface Delivery {
  delivered: boolean;
  status: number | null;
  problem: string | null;
}

/** `npm run alert:test`. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const { stack, webhook, json } = parseFlags(argv, FLAGS);
    if ((stack === undefined) === (webhook === undefined))
      throw new UsageError('Give --stack, or --webhook to post from this machine.');
    const { send, notes } = stack === undefined ? fromHere(webhook ?? '') : await byStack(stack);
    const delivery = await deliveryOf(send);
    if (json) printJson(delivery);
    else if (delivery.delivered)
      print([`Delivered: the webhook responded with ${delivery.status}.`, ...notes]);
    else printNote(`Not delivered: ${escapeControls(delivery.problem ?? '')}`);
    return delivery.delivered ? 0 : 1;
  });
}

interface Way {
  send: () => Promise<number>;
  notes: string[];
}

function fromHere(file: string): Way {
  const send = async () => {
    const text = await readFile(file, 'utf8').catch((error: Error) => {
      throw new UsageError(`--webhook ${file} cannot be read: ${messageOf(error)}`);
    });
    return (await postAlert(parseWebhookSecret(text), alertText(TEST))).status;
  };
  return { send, notes: [] };
}

async function byStack(where: string): Promise<Way> {
  const { region, functionName, topicArn } = await alertOutputs(where);
  const client = createLambdaClient({ identity: { region } });
  const publish = ['aws sns publish', '--region', region, '--topic-arn', topicArn]
    .concat(['--subject', shellQuoted(TEST.subject), '--message', shellQuoted(TEST.message)])
    .join(' ');
  return {
    send: () => invokeAlert(client, functionName, TEST).finally(() => client.destroy()),
    notes: ['Through the topic, and so by e-mail, too:', `  ${publish}`],
  };
}

/** Returns a failure of the webhook or its secret as a result; throws anything else. */
async function deliveryOf(send: () => Promise<number>): Promise<Delivery> {
  try {
    return { delivered: true, status: await send(), problem: null };
  } catch (error) {
    if (!(error instanceof WebhookError || error instanceof SecretFormatError)) throw error;
    return { delivered: false, status: null, problem: error.message };
  }
}
