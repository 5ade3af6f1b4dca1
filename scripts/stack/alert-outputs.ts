import { UsageError } from '../flags.ts';
import { outputsText, plainOutputs } from './aws-stack.ts';

/** The place that the alarms of a pipeline go to. */
export interface AlertOutputs {
  region: string;
  topicArn: string;
  functionName: string;
}

/** Reads it from Terraform's outputs; a {@link UsageError} where there is no webhook. */
export async function alertOutputs(where: string): Promise<AlertOutputs> {
  const outputs = plainOutputs(await outputsText(where), where);
  const { region, alarm_topic: topicArn, alert_function_name: functionName } = outputs;
  if (typeof region !== 'string' || typeof topicArn !== 'string')
    throw new UsageError(
      `--stack ${where} is not this pipeline's: region or alarm_topic is missing.`,
    );
  if (typeof functionName !== 'string')
    throw new UsageError(
      `--stack ${where} has no webhook: set alarm_webhook_enabled, deploy, and put its address into the secret.`,
    );
  return { region, topicArn, functionName };
}
