import { ConfigError, ContractFault } from '../errors.ts';
import { compileExpression, nameOf } from './expression.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** AWS Step Functions marks JSONata in the same way. */
const EXPRESSION = /^\s*\{%([\s\S]*)%\}\s*$/;

/**
 * Compiles the setting `brand`: a literal, or `{% JSONata over {event} %}`. The function of an expression rejects with a `ContractFault` when
 * it fails or returns no text.
 *
 * @throws ConfigError for an expression that cannot run
 */
export function compileBrand(setting: string): (event: unknown) => MaybePromise<string> {
  const source = EXPRESSION.exec(setting)?.[1];
  if (source === undefined) {
    if (setting.trim() === '') throw new ConfigError(['brand: must not be empty']);
    return () => setting;
  }
  if (source.trim() === '') throw new ConfigError(['brand: the expression is empty']);
  const expression = compileExpression(source, 'brand');
  return async (event) => {
    const brand = await expression.evaluate({ event });
    if (typeof brand === 'string' && brand !== '') return brand;
    throw new ContractFault(`brand returns no text for ${nameOf(event)}`);
  };
}
