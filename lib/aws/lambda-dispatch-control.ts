import {
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  ResourceInUseException,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { Clock, DispatchControl } from '../ports.ts';

/** A mapping that is changing already refuses to be changed, for about a minute. */
const IN_USE_PATIENCE_MS = 120_000;
const IN_USE_POLL_MS = 2000;

/** Dispatch through the Lambda API: the state of its event source mapping, and its environment. */
export function createLambdaDispatchControl(options: {
  client: LambdaClient;
  mappingUuid: string;
  functionName: string;
  clock: Clock;
}): DispatchControl {
  const { client, mappingUuid: UUID, functionName: FunctionName, clock } = options;
  return {
    async read() {
      const { State, LastModified } = await client.send(new GetEventSourceMappingCommand({ UUID }));
      return { state: State ?? 'unknown', changedAtMs: LastModified?.getTime() ?? 0 };
    },

    async setEnabled(Enabled) {
      const giveUpAtMs = clock.now() + IN_USE_PATIENCE_MS;
      for (;;) {
        try {
          await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
          return;
        } catch (error) {
          if (!(error instanceof ResourceInUseException) || clock.now() >= giveUpAtMs) throw error;
          await clock.sleep(IN_USE_POLL_MS);
        }
      }
    },

    async readRatePerSecond() {
      const command = new GetFunctionConfigurationCommand({ FunctionName });
      const { Environment } = await client.send(command);
      const rate = Number(Environment?.Variables?.TARGET_RATE_PER_SECOND);
      if (!(rate > 0))
        throw new Error(`${FunctionName} has no TARGET_RATE_PER_SECOND in its environment`);
      return rate;
    },
  };
}
