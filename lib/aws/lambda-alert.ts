import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { WebhookError } from '../errors.ts';

/** A message as SNS hands it to a function. */
interface TopicMessage {
  subject: string;
  message: string;
}

/**
 * Invokes the alert function with one message, as SNS does, and waits for the result.
 *
 * @returns the HTTP status with which the webhook took it
 * @throws WebhookError with the function's error message
 */
export async function invokeAlert(
  client: LambdaClient,
  functionName: string,
  { subject, message }: TopicMessage,
): Promise<number> {
  const record = { Sns: { Subject: subject, Message: message, MessageId: 'test' } };
  const result = await client.send(
    new InvokeCommand({
      FunctionName: functionName,
      Payload: JSON.stringify({ Records: [record] }),
    }),
  );
  const payload: unknown = JSON.parse(Buffer.from(result.Payload ?? []).toString() || 'null');
  if (result.FunctionError !== undefined) {
    const { errorMessage } = (payload ?? {}) as { errorMessage?: string };
    throw new WebhookError(errorMessage ?? `${functionName} failed: ${result.FunctionError}`);
  }
  return (payload as { status: number }[])[0]?.status ?? 0;
}
