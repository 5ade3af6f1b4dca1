import { AwsError } from '../emulators/aws-json-server.ts';

/** A value as the API has it: one member, named after its type. Sets and binary values are in the form of the request, `B` in base64. */
export type AttributeValue = Record<string, unknown>;

export type Item = Record<string, AttributeValue>;

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** `S`, `N`, `B`, `BOOL`, `NULL`, `M`, `L`, `SS`, `NS` or `BS`. */
export const typeOf = (value: AttributeValue): string => Object.keys(value)[0] ?? '';

export function isEqual(a: AttributeValue, b: AttributeValue): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  if (type === 'N') return compareNumbers(a.N, b.N) === 0;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Returns a negative number, 0 or a positive one; `undefined` for values that have no order between them. */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  const type = typeOf(a);
  if (type !== typeOf(b)) return undefined;
  if (type === 'N') return compareNumbers(a.N, b.N);
  if (type === 'S') return Buffer.compare(bytesOf(a), bytesOf(b));
  return type === 'B' ? Buffer.compare(bytesOf(a), bytesOf(b)) : undefined;
}

/** The bytes by which strings and binary values are ordered. */
export function bytesOf(value: AttributeValue): Buffer {
  return 'B' in value ? Buffer.from(String(value.B), 'base64') : Buffer.from(String(value.S));
}

/** A number's digits as an integer, and how many of them stand behind the point. */
interface Decimal {
  digits: bigint;
  scale: number;
}

function decimalOf(text: unknown): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(String(text)) ?? [];
  if (whole + fraction === '') throw invalid(`A value provided cannot be converted into a number`);
  const digits = BigInt(sign + whole + fraction);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function align(a: Decimal, b: Decimal): { scale: number; a: bigint; b: bigint } {
  const scale = Math.max(a.scale, b.scale);
  const raise = ({ digits, scale: own }: Decimal) => digits * 10n ** BigInt(scale - own);
  return { scale, a: raise(a), b: raise(b) };
}

function compareNumbers(first: unknown, second: unknown): number {
  const { a, b } = align(decimalOf(first), decimalOf(second));
  return a < b ? -1 : Number(a > b);
}

/** The exact sum, or difference, of two numbers. DynamoDB keeps 38 digits, of which we use 20. */
export function add(first: AttributeValue, second: AttributeValue, sign: 1n | -1n): AttributeValue {
  if (!('N' in first && 'N' in second))
    throw invalid('An operand in the update expression has an incorrect data type');
  const { a, b, scale } = align(decimalOf(first.N), decimalOf(second.N));
  return { N: textOf({ digits: a + sign * b, scale }) };
}

function textOf({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const whole = text.slice(0, text.length - scale);
  return sign + (scale > 0 && fraction ? `${whole}.${fraction}` : whole);
}
