import type { GraphQlError, Target, TargetAnswer, TargetItem } from '../../lib/ports.ts';

type Failure = TargetAnswer | 'lost' | undefined;

/**
 * A target in memory that keeps what it creates. `fails` decides of each creation what goes wrong, if anything; of a
 * request with several, the first item's answer is the request's, where it is not an error of its own.
 */
export class ScriptedTarget implements Target {
  readonly items = new Map<string, TargetItem>();
  readonly calls: { operation: 'createItem' | 'getItem'; ids: string[] }[] = [];
  /** Creations of an id that was there already. */
  duplicates = 0;
  fails: (id: string, calls: number) => Failure = () => undefined;
  lookupFails: (id: string) => TargetAnswer | undefined = () => undefined;
  /** Errors of single items, by id: their code. */
  readonly itemErrors = new Map<string, string>();

  async createItems(items: readonly TargetItem[]): Promise<TargetAnswer> {
    const ids = items.map(({ id }) => id);
    this.calls.push({ operation: 'createItem', ids });
    const failure = this.fails(ids[0] ?? '', this.calls.length);
    if (failure && failure !== 'lost') return failure;
    const answer = answerOf(ids, (id, index) => this.#create(id, items[index]));
    return failure === 'lost' ? NO_ANSWER : answer;
  }

  async getItems(ids: readonly string[]): Promise<TargetAnswer> {
    this.calls.push({ operation: 'getItem', ids: [...ids] });
    const failure = this.lookupFails(ids[0] ?? '');
    return failure ?? answerOf(ids, (id) => (this.items.has(id) ? { id } : null));
  }

  callsOf(id: string): string[] {
    return this.calls.filter(({ ids }) => ids.includes(id)).map(({ operation }) => operation);
  }

  /** The item, or the code of what is wrong with it. */
  #create(id: string, item: TargetItem | undefined): { id: string } | string {
    const code = this.itemErrors.get(id);
    if (code) return code;
    if (this.items.has(id)) {
      this.duplicates += 1;
      return 'ALREADY_EXISTS';
    }
    if (item) this.items.set(id, item);
    return { id };
  }
}

function answerOf(
  ids: readonly string[],
  resultOf: (id: string, index: number) => { id: string } | string | null,
): TargetAnswer {
  const data: Record<string, unknown> = {};
  const errors: GraphQlError[] = [];
  const fields = ids.map((id, index) => {
    const field = `item${index}`;
    const result = resultOf(id, index);
    data[field] = typeof result === 'string' ? null : result;
    if (typeof result === 'string')
      errors.push({ message: result, path: [field], extensions: { code: result } });
    return field;
  });
  return { kind: 'response', status: 200, retryAfter: undefined, fields, data, errors };
}

export const NO_ANSWER: TargetAnswer = { kind: 'noResponse', code: 'ECONNRESET', message: 'reset' };

export function status(code: number, retryAfter?: string): TargetAnswer {
  return { kind: 'response', status: code, retryAfter, fields: [], data: undefined, errors: [] };
}

/** An error of the whole request. */
export function graphQlError(code: string): TargetAnswer {
  const errors = [{ message: code, extensions: { code } }];
  return { kind: 'response', status: 200, retryAfter: undefined, fields: [], data: null, errors };
}
