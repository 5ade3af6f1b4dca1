/**
 * Reads the protobuf of an OTLP export request (`opentelemetry-proto` 1.x: `trace.proto`, `resource.proto`, `common.proto`). Strict: a field that this does
 * not know, or of another wire type than the schema's, fails. The serializer under test has no decoder, and this shares nothing with it.
 */

export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  startMs: number;
  endMs: number;
  attributes: Record<string, unknown>;
  status: { code: number; message: string };
  links: { traceId: string; spanId: string }[];
  flags: number;
  resource: Record<string, unknown>;
  scope: string;
}

type Value = bigint | Uint8Array;
type Fields = Map<number, Value[]>;
type WireType = 'varint' | 'fixed64' | 'bytes' | 'fixed32';

const WIRE_TYPES: Record<number, WireType> = {
  0: 'varint',
  1: 'fixed64',
  2: 'bytes',
  5: 'fixed32',
};

/** Field numbers of the messages, with their wire types. */
const REQUEST = { 1: 'bytes' } as const;
const RESOURCE_SPANS = { 1: 'bytes', 2: 'bytes', 3: 'bytes' } as const;
const RESOURCE = { 1: 'bytes', 2: 'varint' } as const;
const SCOPE_SPANS = { 1: 'bytes', 2: 'bytes', 3: 'bytes' } as const;
const SCOPE = { 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'varint' } as const;
const SPAN: Record<number, WireType> = {
  ...{ 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'bytes', 6: 'varint', 7: 'fixed64' },
  ...{ 8: 'fixed64', 9: 'bytes', 10: 'varint', 11: 'bytes', 12: 'varint', 13: 'bytes' },
  ...{ 14: 'varint', 15: 'bytes', 16: 'fixed32' },
};
const LINK = { 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'varint', 6: 'fixed32' } as const;
const STATUS = { 2: 'bytes', 3: 'varint' } as const;
const KEY_VALUE = { 1: 'bytes', 2: 'bytes' } as const;
const ANY_VALUE = { 1: 'bytes', 2: 'varint', 3: 'varint', 4: 'fixed64' } as const;

/** The spans of a request, in order. Throws where it is not one. */
export function decodeTraces(request: Uint8Array): OtlpSpan[] {
  return messages(fieldsOf(request, REQUEST), 1).flatMap((bytes) => {
    const of = fieldsOf(bytes, RESOURCE_SPANS);
    const resource = attributesOf(fieldsOf(only(of, 1), RESOURCE), 1);
    return messages(of, 2).flatMap((scopeBytes) => {
      const scoped = fieldsOf(scopeBytes, SCOPE_SPANS);
      const scope = text(fieldsOf(only(scoped, 1), SCOPE), 1);
      return messages(scoped, 2).map((span) => ({
        ...spanOf(fieldsOf(span, SPAN)),
        resource,
        scope,
      }));
    });
  });
}

function spanOf(span: Fields): Omit<OtlpSpan, 'resource' | 'scope'> {
  const status = fieldsOf(only(span, 15), STATUS);
  return {
    traceId: hex(span, 1, 16),
    spanId: hex(span, 2, 8),
    parentSpanId: span.has(4) ? hex(span, 4, 8) : '',
    name: text(span, 5),
    kind: Number(number(span, 6)),
    startMs: milliseconds(span, 7),
    endMs: milliseconds(span, 8),
    attributes: attributesOf(span, 9),
    status: { code: Number(number(status, 3)), message: text(status, 2) },
    links: messages(span, 13).map((bytes) => {
      const link = fieldsOf(bytes, LINK);
      return { traceId: hex(link, 1, 16), spanId: hex(link, 2, 8) };
    }),
    flags: Number(number(span, 16)),
  };
}

function attributesOf(fields: Fields, field: number): Record<string, unknown> {
  const entries = messages(fields, field).map((bytes) => {
    const pair = fieldsOf(bytes, KEY_VALUE);
    return [text(pair, 1), anyValueOf(fieldsOf(only(pair, 2), ANY_VALUE))] as const;
  });
  const attributes = Object.fromEntries(entries);
  if (Object.keys(attributes).length !== entries.length) throw new Error('a key is there twice');
  return attributes;
}

function anyValueOf(value: Fields): unknown {
  if (value.has(1)) return text(value, 1);
  if (value.has(2)) return number(value, 2) === 1n;
  if (value.has(3)) return Number(BigInt.asIntN(64, number(value, 3)));
  const bits = new DataView(new BigUint64Array([number(value, 4)]).buffer);
  return bits.getFloat64(0, true);
}

function fieldsOf(bytes: Uint8Array, schema: Record<number, WireType>): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) throw new Error('the message is cut');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = take(1)[0] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a varint is too long');
  };
  const littleEndian = (part: Uint8Array) =>
    part.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  while (at < bytes.length) {
    const tag = Number(varint());
    const [field, wireType] = [tag >>> 3, WIRE_TYPES[tag & 7]];
    if (wireType === undefined || schema[field] !== wireType)
      throw new Error(`field ${field} of wire type ${tag & 7} is not in the schema`);
    const value =
      wireType === 'varint'
        ? varint()
        : wireType === 'bytes'
          ? take(Number(varint()))
          : littleEndian(take(wireType === 'fixed64' ? 8 : 4));
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const messages = (fields: Fields, field: number) => (fields.get(field) ?? []) as Uint8Array[];

function only(fields: Fields, field: number): Uint8Array {
  const [first, second] = messages(fields, field);
  if (second) throw new Error(`field ${field} is there twice`);
  return first ?? new Uint8Array();
}

const number = (fields: Fields, field: number) => (fields.get(field)?.at(-1) ?? 0n) as bigint;

/** Nanoseconds since the epoch are more than a double holds. */
function milliseconds(fields: Fields, field: number): number {
  const nanoseconds = number(fields, field);
  return Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1e6;
}

function text(fields: Fields, field: number): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(only(fields, field));
}

function hex(fields: Fields, field: number, length: number): string {
  const bytes = only(fields, field);
  if (bytes.length !== length) throw new Error(`an id has ${bytes.length} bytes, not ${length}`);
  return Buffer.from(bytes).toString('hex');
}
