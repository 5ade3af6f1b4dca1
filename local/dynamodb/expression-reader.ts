import { type AttributeValue, invalid } from './attribute-values.ts';

const TOKEN = /\s*(?:([:#]?[A-Za-z0-9_]+)|(<>|<=|>=|[=<>(),+\-.[\]]))/y;

/** The names and values that the expressions of one request refer to. */
export class Placeholders {
  readonly #names: Record<string, string>;
  readonly #values: Record<string, AttributeValue>;
  readonly #unused: Set<string>;

  constructor(names: Record<string, string> = {}, values: Record<string, AttributeValue> = {}) {
    this.#names = names;
    this.#values = values;
    this.#unused = new Set([...Object.keys(names), ...Object.keys(values)]);
  }

  name(token: string): string {
    if (!token.startsWith('#')) return token;
    const name = this.#names[token];
    if (name === undefined)
      throw invalid(
        `An expression attribute name used in the document path is not defined; ${token}`,
      );
    this.#unused.delete(token);
    return name;
  }

  value(token: string): AttributeValue {
    const value = this.#values[token];
    if (value === undefined)
      throw invalid(`An expression attribute value used in expression is not defined; ${token}`);
    this.#unused.delete(token);
    return value;
  }

  /** DynamoDB refuses a request that defines more than it uses. */
  requireAllUsed(): void {
    if (this.#unused.size > 0)
      throw invalid(`Value unused in expressions: {${[...this.#unused].join(', ')}}`);
  }
}

/** Reads an expression token by token. Words are keywords or top-level attributes: paths into maps and lists are refused. */
export class ExpressionReader {
  readonly #tokens: string[] = [];
  #next = 0;
  readonly placeholders: Placeholders;

  constructor(text: string, placeholders: Placeholders) {
    this.placeholders = placeholders;
    for (let at = 0; text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
      TOKEN.lastIndex = at;
      const token = TOKEN.exec(text);
      if (!token)
        throw invalid(`Invalid expression: syntax error near "${text.slice(at, at + 20)}"`);
      this.#tokens.push(token[1] ?? token[2] ?? '');
    }
  }

  get isAtEnd(): boolean {
    return this.#next === this.#tokens.length;
  }

  /** The next token, which is not taken; keywords in capitals. */
  get ahead(): string {
    return (this.#tokens[this.#next] ?? '').toUpperCase();
  }

  /** The token after the next. */
  get second(): string {
    return this.#tokens[this.#next + 1] ?? '';
  }

  take(): string {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw invalid('Invalid expression: it ends too early');
    this.#next += 1;
    return token;
  }

  /** Takes the token if it is the next. */
  takeIf(token: string): boolean {
    if (this.ahead !== token) return false;
    this.#next += 1;
    return true;
  }

  expect(token: string): void {
    if (!this.takeIf(token))
      throw invalid(`Invalid expression: "${this.ahead}" in place of "${token}"`);
  }

  /** Takes the name of an attribute. */
  name(): string {
    const token = this.take();
    if (!/^#?[A-Za-z0-9_]+$/.test(token))
      throw invalid(`Invalid expression: "${token}" in place of the name of an attribute`);
    if (this.ahead === '.' || this.ahead === '[')
      throw invalid('This emulator has no paths into maps and lists.');
    return this.placeholders.name(token);
  }

  /** Takes what a function is given, in brackets, separated by commas. */
  list<Element>(element: () => Element): Element[] {
    this.expect('(');
    const elements = [element()];
    while (this.takeIf(',')) elements.push(element());
    this.expect(')');
    return elements;
  }
}
