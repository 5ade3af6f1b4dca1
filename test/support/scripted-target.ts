import type { Target, TargetAnswer, TargetCall, TargetItem } from '../../lib/ports.ts';

/** A target in memory that keeps what it creates; `fails` decides of each creation what goes wrong, if anything. */
export class ScriptedTarget implements Target {
  readonly items = new Map<string, TargetItem>();
  readonly calls: { operation: 'createItem' | 'getItem'; id: string }[] = [];
  /** Creations of an id that was there already. */
  duplicates = 0;
  fails: (id: string, calls: number) => TargetAnswer | 'lost' | undefined = () => undefined;
  lookupFails: (id: string) => TargetAnswer | undefined = () => undefined;

  async createItem(item: TargetItem, _call: TargetCall): Promise<TargetAnswer> {
    this.calls.push({ operation: 'createItem', id: item.id });
    const failure = this.fails(item.id, this.calls.length);
    if (failure && failure !== 'lost') return failure;
    if (this.items.has(item.id)) {
      this.duplicates += 1;
      return graphQlError('ALREADY_EXISTS');
    }
    this.items.set(item.id, item);
    return failure === 'lost' ? NO_ANSWER : data({ createItem: { id: item.id } });
  }

  async getItem(id: string, _call: TargetCall): Promise<TargetAnswer> {
    this.calls.push({ operation: 'getItem', id });
    return this.lookupFails(id) ?? data({ getItem: this.items.has(id) ? { id } : null });
  }

  callsOf(id: string): string[] {
    return this.calls.filter((call) => call.id === id).map((call) => call.operation);
  }
}

export const NO_ANSWER: TargetAnswer = { kind: 'noResponse', code: 'ECONNRESET', message: 'reset' };

export function status(code: number, retryAfter?: string): TargetAnswer {
  return { kind: 'response', status: code, retryAfter, data: undefined, errors: [] };
}

export function graphQlError(code: string): TargetAnswer {
  const errors = [{ message: code, extensions: { code } }];
  return { kind: 'response', status: 200, retryAfter: undefined, data: null, errors };
}

function data(fields: Record<string, unknown>): TargetAnswer {
  return { kind: 'response', status: 200, retryAfter: undefined, data: fields, errors: [] };
}
